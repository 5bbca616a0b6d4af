import TenonCore
import TenonFormat

/// Checks one listed pack.
struct PackCheck {
    let store: Store
    let row: PackRow
    let finding: (StoreFinding) -> Void

    private var name: String { "pack \(row.id.digest.hex)" }

    /// Header, trailer and footer, and that they say what the catalog says. Without it, nothing else of the pack can be checked.
    func structure() -> PackReader? {
        do {
            // Not through the shelf: what is on disk now is to be judged.
            let reader = try PackReader.open(store.options.fileSystem.readable(store.places.pack(row.id)))
            if reader.length != row.bytes {
                finding(StoreFinding(subject: name, detail: "it has \(reader.length) bytes; the catalog says \(row.bytes)"))
                return nil
            }
            if reader.footer.blockCount != row.blocks || reader.footer.chunkCount != row.chunks {
                finding(StoreFinding(subject: name, detail: "its footer lists other numbers of blocks and objects than the catalog"))
            }
            return reader
        } catch {
            finding(StoreFinding(subject: name, detail: "\(error)"))
            return nil
        }
    }

    /// Decodes every block, or those of the types that `isMeant` says, and hashes every object. Returns the blocks that are damaged and those that
    /// are good.
    func read(_ reader: PackReader, where isMeant: (BlockType) -> Bool = { _ in true }) throws -> (damaged: [Int], good: [Int]) {
        var expected: [[(key: ObjectKey, offset: UInt32, length: UInt32)]] = Array(repeating: [], count: reader.footer.blockCount)
        for index in 0..<reader.footer.chunkCount {
            let chunk = reader.footer.chunk(index)
            expected[chunk.block].append((chunk.key, chunk.offset, chunk.length))
        }
        var damaged: [Int] = []
        var good: [Int] = []
        for index in 0..<reader.footer.blockCount where isMeant(reader.footer.block(index).type) {
            do {
                let block = CachedBlock(try reader.decode(block: index))
                var isGood = true
                for object in expected[index] {
                    do throws(CachedBlock.Refusal) {
                        _ = try block.object(object.key, offset: object.offset, length: object.length)
                    } catch {
                        isGood = false
                        finding(StoreFinding(subject: "block \(index) of \(name)", detail: "\(object.key.name): \(error.reason)"))
                    }
                }
                if isGood { good.append(index) } else { damaged.append(index) }
            } catch let error as TenonError where error.code == .corrupt {
                let lost = expected[index].count
                finding(StoreFinding(subject: "block \(index) of \(name)", detail: "\(error); it holds \(lost) \(lost == 1 ? "object" : "objects")"))
                damaged.append(index)
            } catch let error as TenonError where error.code == .unsupportedVersion {
                finding(StoreFinding(subject: "block \(index) of \(name)", detail: "\(error)"))
            }
        }
        return (damaged, good)
    }

    /// Hashes the whole file; whether it is its name. A file that can't be read to its end is a finding too.
    func hash() {
        do {
            let found = try fileHash()
            if found != row.id.digest { finding(StoreFinding(subject: name, detail: "its SHA-256 is \(found.hex), which is not its name")) }
        } catch {
            finding(StoreFinding(subject: name, detail: "\(error)"))
        }
    }

    private func fileHash() throws(TenonError) -> Digest {
        let file = try store.options.fileSystem.readable(store.places.pack(row.id))
        file.willReadSequentially()
        var hasher = StreamingSHA256()
        var offset: UInt64 = 0
        while offset < file.byteCount {
            let count = Int(min(4 << 20, file.byteCount - offset))
            hasher.update(try file.read(at: offset, count: count))
            offset += UInt64(count)
        }
        return hasher.finalize()
    }
}
