import TenonCore
import TenonFormat
import TenonRemote

/// A pack on a remote, opened: what its footer lists.
struct RemotePack: Sendable {
    let entry: RemoteIndex.Pack
    let footer: PackFooter
    /// Of each block's objects, in order.
    let ids: [[Digest]]
    private let remote: Remote
    private let name: ObjectName
    private let marks: PackMarks

    /// A header may have so many bytes.
    private static let headerLength: UInt64 = 4096
    /// Blocks with less than this between them are read at once.
    private static let gap: UInt64 = 512 << 10
    /// Bytes that are read at once, unless a single block is longer.
    private static let readLength: UInt64 = 16 << 20

    /// A longer footer is not read: writers make no pack as long as that.
    private static let maximumFooterLength = PackLimits.maximumWrittenPackLength

    /// Reads header and footer, in two or three requests. Throws `missingContent` if the pack is gone, `corrupt` if it is none.
    static func open(_ entry: RemoteIndex.Pack, on remote: Remote) async throws -> RemotePack {
        let name = try ObjectName(RemoteName.pack(entry.id))
        var source = SpanSource(count: entry.length)
        func add(_ range: Range<UInt64>) async throws {
            let (bytes, slice) = try await remote.bytes(of: name, .bytes(range), limit: range.count)
            guard slice.entry.size == entry.length else {
                throw TenonError(.corrupt, "it has \(slice.entry.size) bytes", cause: "\(entry.length) were expected")
            }
            source.spans.append((range.lowerBound, bytes))
        }
        do {
            let tail = min(entry.length, UInt64(PackLimits.tailLength))
            try await add((entry.length - tail)..<entry.length)
            if tail < entry.length { try await add(0..<min(RemotePack.headerLength, entry.length - tail)) }
            for _ in 0..<2 {
                do {
                    let reader = try PackReader.open(source)
                    return RemotePack(
                        entry: entry, footer: reader.footer, ids: reader.footer.objectIDs(), remote: remote, name: name, marks: reader.header.marks)
                } catch let missing as SpanSource.Missing {
                    guard missing.range.count <= RemotePack.maximumFooterLength else { throw TenonError(.corrupt, "its footer is too long") }
                    try await add(missing.range)
                }
            }
            throw TenonError(.corrupt, "its footer can't be found")
        } catch let error as TenonError where error.code == .notFound {
            throw gone(entry, remote)
        } catch let error as TenonError where error.code == .corrupt {
            throw TenonError(.corrupt, "pack \(entry.id.digest.hex) on '\(remote.location)' is damaged", cause: error.description)
        }
    }

    /// Runs of blocks to be read at once: `blocks`, ascending, with what lies close between them.
    func reads(of blocks: [Int]) -> [[Int]] {
        var reads: [[Int]] = []
        var start: UInt64 = 0
        var end: UInt64 = 0
        for index in blocks {
            let block = footer.block(index)
            let (from, to) = (UInt64(block.offset), UInt64(block.offset) + UInt64(block.length))
            if !reads.isEmpty, from - end < RemotePack.gap, to - start <= RemotePack.readLength {
                reads[reads.count - 1].append(index)
            } else {
                reads.append([index])
                start = from
            }
            end = to
        }
        return reads
    }

    /// Reads blocks, ascending, in one request, and delivers each as soon as all of it is there: checked against the footer and by its checksums, not yet
    /// decoded. While `deliver` works no more is read; what it throws ends the read.
    func read(
        _ blocks: [Int], deliver: @escaping @Sendable (_ index: Int, _ block: Result<PackBlock, TenonError>) async throws -> Void
    ) async throws {
        guard let first = blocks.first, let last = blocks.last else { return }
        let range = footer.block(first).range.lowerBound..<footer.block(last).range.upperBound
        let sink = BlockSink(blocks.map { footer.block($0).range }) { place, bytes in
            try await deliver(blocks[place], block(blocks[place], in: bytes))
        }
        do {
            try await remote.read(name, .bytes(range), into: sink)
        } catch let error as TenonError where error.code == .notFound {
            // It went since it was opened.
            throw RemotePack.gone(entry, remote)
        }
    }

    private func block(_ index: Int, in bytes: [UInt8]) -> Result<PackBlock, TenonError> {
        let location = "block \(index) of pack \(entry.id.digest.hex) on '\(remote.location)'"
        do {
            let block = try PackBlock(parsing: bytes[...], marks: marks, location: location)
            guard block.head.type == footer.block(index).type else {
                throw TenonError(.corrupt, "\(location) is damaged", cause: "it is of another type")
            }
            return .success(block)
        } catch let error as TenonError {
            return .failure(error)
        } catch {
            return .failure(TenonError(.corrupt, "\(location) is damaged", cause: "\(error)"))
        }
    }
}

extension PackBlockInfo {
    /// Where the block lies in its pack.
    fileprivate var range: Range<UInt64> { UInt64(offset)..<(UInt64(offset) + UInt64(length)) }
}

extension RemotePack {
    private static func gone(_ entry: RemoteIndex.Pack, _ remote: Remote) -> TenonError {
        TenonError(
            .missingContent, "pack \(entry.id.digest.hex) is gone from '\(remote.location)'", cause: "an index or locator names it",
            hint: "push again from a place that has the data")
    }
}

/// Parts of a longer text that were read already. Reading elsewhere throws `Missing`.
private struct SpanSource: ByteSource {
    struct Missing: Error {
        let range: Range<UInt64>
    }

    let count: UInt64
    var spans: [(start: UInt64, bytes: [UInt8])] = []

    init(count: UInt64) {
        self.count = count
    }

    func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        for (start, bytes) in spans where offset >= start && offset + UInt64(count) <= start + UInt64(bytes.count) {
            return Array(bytes[Int(offset - start)..<(Int(offset - start) + count)])
        }
        throw Missing(range: offset..<(offset + UInt64(count)))
    }
}
