import TenonCore
import Testing

@testable import TenonFormat

struct RemoteObjectTests {
    private func bytes(_ seed: UInt64) -> [UInt8] {
        var source = SeededBytes(seed: seed)
        return source.noise(100)
    }

    private func pack(_ seeds: Range<UInt64>, nonce: UInt8) throws -> (pack: RemoteIndex.Pack, footer: PackFooter) {
        let blocks = try seeds.map { seed in
            let raw = bytes(seed)
            let chunk = BlockChunk(id: SHA256Hasher.hash(raw), length: UInt32(raw.count))
            return try raw.withUnsafeBytes { try BlockEncoder().encode(type: .data, chunks: [chunk], raw: $0, choice: .none) }
        }
        let pack = try MemoryPack(blocks, nonce: nonce)
        return (RemoteIndex.Pack(id: pack.id, length: UInt64(pack.bytes.count)), pack.footer)
    }

    private func key(_ seed: UInt64) -> ObjectKey { ObjectKey(type: .data, id: SHA256Hasher.hash(bytes(seed))) }

    @Test("an index finds every object of its packs, and no other")
    func find() throws {
        let packs = [try pack(0..<300, nonce: 1), try pack(300..<500, nonce: 2)]
        let index = try RemoteIndex(parsing: RemoteIndex(packs).bytes)
        #expect(index.objectCount == 500)
        for seed in UInt64(0)..<500 {
            let place = try #require(index.find(key(seed)))
            let (pack, footer) = packs[place.pack]
            #expect(index.packs[place.pack] == pack)
            #expect(footer.find(key(seed))?.block == place.block)
        }
        for seed in UInt64(500)..<700 { #expect(index.find(key(seed)) == nil) }
        #expect(index.find(ObjectKey(type: .node, id: key(3).id)) == nil)
    }

    @Test("an index of nothing is an index")
    func empty() throws {
        let index = try RemoteIndex(parsing: RemoteIndex([]).bytes)
        #expect(index.objectCount == 0 && index.packs.isEmpty && index.find(key(1)) == nil)
    }

    @Test("indexes put together say what they said apart, and an overlap is said once")
    func merge() throws {
        let (first, second, third) = (try pack(0..<40, nonce: 1), try pack(30..<80, nonce: 2), try pack(80..<90, nonce: 3))
        let merged = RemoteIndex(merging: [RemoteIndex([first, second]), RemoteIndex([second, third])])
        #expect(merged.bytes == RemoteIndex([first, second, third]).bytes)
        #expect(try RemoteIndex(parsing: merged.bytes).objectCount == 100)
    }

    @Test("an index put together without some places names no pack in which nothing of it is left")
    func keep() throws {
        let (first, second) = (try pack(0..<40, nonce: 1), try pack(30..<80, nonce: 2))
        let index = RemoteIndex([first, second])
        #expect(RemoteIndex(merging: [index], keeping: { _, pack, _ in pack == second.pack }).bytes == RemoteIndex([second]).bytes)
        let rest = RemoteIndex(merging: [index], keeping: { key, pack, _ in pack != first.pack || key != self.key(35) })
        #expect(rest.objectCount == index.objectCount - 1)
        #expect(rest.find(key(35)).map { rest.packs[$0.pack] } == second.pack)
        #expect(RemoteIndex(merging: [index], keeping: { _, _, _ in false }).objectCount == 0)
    }

    @Test("a locator says what it was made of")
    func locator() throws {
        let (first, second) = (try pack(0..<10, nonce: 1), try pack(10..<20, nonce: 2))
        let subject = Locator.Subject(kind: .tree, id: key(1).id)
        let locator = Locator(
            subject: subject,
            parts: [Locator.Part(pack: first.pack, blocks: [7, 1, 2, 2, 3, 9]), Locator.Part(pack: second.pack, blocks: [0])])
        let read = try Locator(parsing: locator.bytes)
        #expect(read == locator && read.subject == subject)
        #expect(read.parts.first { $0.pack == first.pack }?.runs == [1..<4, 7..<8, 9..<10])
    }

    @Test("any flipped bit and any cut is refused", arguments: [true, false])
    func damage(isIndex: Bool) throws {
        let packs = [try pack(0..<3, nonce: 1)]
        let bytes =
            isIndex
            ? RemoteIndex(packs).bytes
            : Locator(subject: Locator.Subject(kind: .file, id: key(1).id), parts: [Locator.Part(pack: packs[0].pack, blocks: [0, 2])]).bytes
        func parse(_ bytes: [UInt8]) throws { if isIndex { _ = try RemoteIndex(parsing: bytes) } else { _ = try Locator(parsing: bytes) } }
        for position in stride(from: 0, to: bytes.count, by: isIndex ? 7 : 1) {
            var flipped = bytes
            flipped[position] ^= 1 << (position % 8)
            #expect(throws: TenonError.self) { try parse(flipped) }
            #expect(throws: TenonError.self) { try parse(Array(bytes[..<position])) }
        }
    }

    @Test("lies under a right checksum are refused")
    func lies() throws {
        let packs = [try pack(0..<3, nonce: 1)]
        func sealed(_ bytes: [UInt8]) -> [UInt8] {
            let body = Array(bytes.dropLast(Digest.byteCount))
            return body + SHA256Hasher.hash(body).bytes
        }
        let index = RemoteIndex(packs).bytes
        let entries = 20 + 40 + 1024
        // Entries out of order, a pack or a block that is not there, a fan that lies, counts beyond the bytes.
        var swapped = index
        swapped.replaceSubrange(entries..<(entries + 82), with: index[(entries + 41)..<(entries + 82)] + index[entries..<(entries + 41)])
        var foreign = index
        foreign[entries + 33] = 1
        var far = index
        far.replaceSubrange((entries + 37)..<(entries + 41), with: [UInt8](repeating: 0xFF, count: 4))
        var fan = index
        fan[20 + 40 + 3] = 0x7F
        var counts = index
        counts[15] = 0xFF
        for bytes in [swapped, foreign, far, fan, counts] { #expect(throws: TenonError.self) { try RemoteIndex(parsing: sealed(bytes)) } }

        let locator = Locator(subject: Locator.Subject(kind: .file, id: key(1).id), parts: [Locator.Part(pack: packs[0].pack, blocks: [0, 2])]).bytes
        let runs = 49 + 44
        var empty = locator
        empty[runs + 4] = 0
        var overflowing = locator
        overflowing.replaceSubrange((runs + 8)..<(runs + 16), with: [UInt8](repeating: 0xFF, count: 8))
        var touching = locator
        touching[runs + 8] = 1
        var many = locator
        many[runs - 1] = 0xFF
        for bytes in [empty, overflowing, touching, many] { #expect(throws: TenonError.self) { try Locator(parsing: sealed(bytes)) } }
    }

    @Test("an index of a newer version names the remedy")
    func newer() throws {
        var bytes = RemoteIndex([]).bytes
        bytes[8] = 2
        #expect(throws: TenonError.self) { try RemoteIndex(parsing: bytes) }
        do {
            _ = try RemoteIndex(parsing: bytes)
        } catch {
            #expect(error.code == .unsupportedVersion)
        }
    }

    @Test("names are read back, and near misses are not")
    func names() {
        let id = key(1).id
        #expect(RemoteName.indexID(RemoteName.index(id)) == id)
        for kind in [ArtifactKind.file, .tree] {
            let subject = Locator.Subject(kind: kind, id: id)
            #expect(RemoteName.subject(RemoteName.locator(subject)) == subject)
        }
        for name in ["", "index/.index", "index/\(id.hex)", "index/\(id.hex.uppercased()).index", "index/x\(id.hex).index"] {
            #expect(RemoteName.indexID(name) == nil)
        }
        for name in ["snapshots/00/file-\(id.hex).locator", "snapshots/\(id.hex.prefix(2))/other-\(id.hex).locator", "file-\(id.hex).locator"] {
            #expect(RemoteName.subject(name) == nil)
        }
    }
}

/// Roots, leases, and lists of what is condemned.
struct RemoteTextTests {
    private func digest(_ number: UInt8) -> Digest { SHA256Hasher.hash([number]) }
    private let id = String(repeating: "0a", count: 16)

    private var roots: RemoteRoots {
        RemoteRoots(
            repository: id, writer: "host:vision", nonce: id,
            subjects: Set((0..<20).map { Locator.Subject(kind: $0 % 2 == 0 ? .file : .tree, id: digest($0)) }))
    }

    private var list: CondemnedList {
        CondemnedList(
            (UInt8(0)..<20).map { number in
                let target: CondemnedList.Entry.Target =
                    number % 2 == 0 ? .pack(PackID(digest(number))) : .locator(Locator.Subject(kind: .tree, id: digest(number)))
                return CondemnedList.Entry(target: target, size: UInt64(number), tag: "\"t\(number)\"")
            })
    }

    @Test("what is written is read, and written in one way only")
    func roundTrip() throws {
        #expect(try RemoteRoots(parsing: roots.bytes) == roots)
        #expect(try CondemnedList(parsing: list.bytes) == list)
        #expect(try CondemnedList(parsing: CondemnedList([]).bytes).entries.isEmpty)
        let lease = RemoteLease(known: [digest(1), digest(2), digest(3)])
        #expect(try RemoteLease(parsing: lease.bytes) == lease)
        #expect(try RemoteLease(parsing: RemoteLease().bytes).known.isEmpty)
        let claim = SweepClaim(store: "s", writer: "w", nonce: id)
        #expect(try SweepClaim(parsing: claim.bytes) == claim)
    }

    @Test("a writer's name is made printable")
    func writer() throws {
        let odd = RemoteRoots(repository: id, writer: "a\nnonce \u{e9}" + String(repeating: "x", count: 500), nonce: id, subjects: [])
        #expect(try RemoteRoots(parsing: odd.bytes) == odd)
        #expect(odd.writer.utf8.count == RemoteRoots.maximumWriterLength && odd.writer.hasPrefix("a?nonce ??"))
        #expect(RemoteRoots(repository: id, writer: "", nonce: id, subjects: []).writer == "?")
    }

    @Test("any change is noticed: nothing that is no such text is taken for one")
    func damage() {
        func isRefused(_ text: String, _ parse: ([UInt8]) throws -> Void) -> TenonError.Code? {
            do {
                try parse(Array(text.utf8))
                return nil
            } catch {
                return (error as? TenonError)?.code
            }
        }
        let good = String(decoding: roots.bytes, as: UTF8.self)
        var lines = good.split(separator: "\n").map(String.init)
        lines.swapAt(4, 5)
        let swapped = lines.joined(separator: "\n") + "\n"
        for bad in [
            "", "\n", String(good.dropLast()), good + "x\n", good + "file \(id)\n", good.replacing("file ", with: "link ", maxReplacements: 1),
            good.replacing("host", with: "h\u{1}st"), good.replacing("nonce 0a", with: "nonce 0A"), swapped, good.replacing("\n", with: "\r\n"),
            good.replacing("repository", with: "owner"),
        ] {
            #expect(isRefused(bad) { _ = try RemoteRoots(parsing: $0) } == .corrupt, "\(bad.prefix(80))")
        }
        #expect(isRefused(good.replacing("roots 1", with: "roots 2")) { _ = try RemoteRoots(parsing: $0) } == .unsupportedVersion)

        let condemned = String(decoding: list.bytes, as: UTF8.self)
        for bad in [
            condemned + "packs/00/../../etc/passwd 1 t\n", condemned + "index/\(digest(1).hex).index 1 t\n", condemned.replacing(" 2 ", with: " 02 "),
            condemned.replacing(" 2 ", with: " -2 "), condemned.replacing("\"t2\"", with: ""), condemned.replacing("\"t2\"", with: "a b"),
            condemned.replacing(" 2 ", with: " 99999999999999999999 "),
            condemned + condemned.split(separator: "\n")[1] + "\n",
        ] {
            #expect(isRefused(bad) { _ = try CondemnedList(parsing: $0) } == .corrupt, "\(bad.suffix(80))")
        }
        for bad in ["tenon-lease 1\nknows \(id)\n", "tenon-lease 1\nknows \(digest(1).hex)\nknows \(digest(1).hex)\n", "tenon-lease 1"] {
            #expect(isRefused(bad) { _ = try RemoteLease(parsing: $0) } == .corrupt)
        }
        #expect(isRefused("tenon-lease 2\n") { _ = try RemoteLease(parsing: $0) } == .unsupportedVersion)
    }

    @Test("names are told from others by writing them again")
    func names() {
        #expect(RemoteName.roots(RemoteName.roots(digest(1), of: id)).map { $0.repository == id && $0.id == digest(1) } == true)
        #expect(RemoteName.lease(RemoteName.lease(id, 12)).map { $0.holder == id && $0.number == 12 } == true)
        for isSwept in [true, false] {
            #expect(
                RemoteName.condemned(RemoteName.condemned(digest(1), isSwept: isSwept)).map { $0.id == digest(1) && $0.isSwept == isSwept } == true)
        }
        for bad in ["leases/\(id).012", "leases/\(id).-1", "leases/\(id)", "leases/\(id.uppercased()).1", "lease/\(id).1"] {
            #expect(RemoteName.lease(bad) == nil)
        }
        #expect(RemoteName.roots("roots/\(id)/x/\(digest(1).hex).roots") == nil && RemoteName.roots("roots/x/\(digest(1).hex).roots") == nil)
        #expect(RemoteName.condemned(RemoteName.sweepLock) == nil)
    }
}
