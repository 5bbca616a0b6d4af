import TenonCore
import Testing

@testable import TenonFormat

struct ManifestTests {
    /// A manifest in memory.
    private struct Built {
        let nodes = NodeCollector()
        let summary: ManifestBuilder.Summary

        init(_ entries: [ManifestEntry]) throws {
            let nodes = nodes
            var builder = ManifestBuilder { nodes.add($0, $1) }
            for entry in entries { try builder.add(entry) }
            summary = try builder.finish()
        }

        var reader: ManifestReader { ManifestReader(root: summary.root, fetch: nodes.fetch) }

        func entries() throws -> [ManifestEntry] {
            var result: [ManifestEntry] = []
            try reader.forEach { result.append($0) }
            return result
        }
    }

    private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    private func file(_ path: String, _ content: Int = 0) -> ManifestEntry {
        .file(path: bytes(path), size: UInt64(content), oid: OID(SHA256Hasher.hash(Array("\(path) \(content)".utf8))))
    }

    /// Entries of all kinds, many enough for three levels.
    private func many(_ count: Int) -> [ManifestEntry] {
        (0..<count).map { index in
            let number = String(index)
            let name = "part-\(index / 1000)/row-" + String(repeating: "0", count: 6 - number.utf8.count) + number
            switch index % 50 {
            case 7: return .symlink(path: bytes(name), target: bytes("../target \(index)"))
            case 8: return .directory(path: bytes(name))
            case 9: return .file(path: bytes(name), size: 1 << 40, oid: OID(SHA256Hasher.hash(Array(name.utf8))), isExecutable: true)
            default: return file(name, index)
            }
        }.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private var small: [ManifestEntry] {
        [
            .directory(path: bytes("a")), file("a-b", 3), file("b/c", 300), file("b/d", 0), .symlink(path: bytes("link"), target: bytes("b/c")),
            .file(path: bytes("run.sh"), size: 12, oid: OID(SHA256Hasher.hash([1])), isExecutable: true),
            .file(path: [0xFF, 0xFE, 0x20], size: 1, oid: OID(SHA256Hasher.hash([2]))),
        ]
    }

    @Test("entries come back in order, with their totals", arguments: [0, 1, 7, 100, 20_000])
    func roundTrip(count: Int) throws {
        let entries = many(count)
        let built = try Built(entries)
        #expect(try built.entries() == entries)
        #expect(built.summary.entryCount == UInt64(count))
        #expect(built.summary.fileCount == UInt64(entries.filter(\.isFile).count))
        #expect(built.summary.size == entries.reduce(0) { $0 + $1.size })
        let totals = try built.reader.totals()
        #expect(totals == (built.summary.entryCount, built.summary.size))
        #expect(built.nodes.all.last?.id == built.summary.root)
        #expect(built.nodes.all.allSatisfy { $0.bytes.count <= NodeFormat.maximumLength })
    }

    @Test("the frozen manifests are written as ever")
    func golden() throws {
        let small = try Built(small)
        #expect(small.nodes[small.summary.root] == (try Golden.bytes("manifest.node")))
        let large = try Built(many(3000))
        let inner = try #require(large.nodes[large.summary.root])
        #expect(inner == (try Golden.bytes("manifest-level-1.node")))
        #expect(inner[6] == 1)
    }

    @Test("an entry is found by reading one node a level")
    func lookup() throws {
        let entries = many(20_000)
        let built = try Built(entries)
        for index in stride(from: 0, to: entries.count, by: 997) {
            built.nodes.fetchCount = 0
            #expect(try built.reader.lookup(entries[index].path) == entries[index])
            #expect(built.nodes.fetchCount <= 3)
        }
        for path in ["", "zzz", "part-3", "part-3/", "part-3/row-0000000"] { #expect(try built.reader.lookup(Array(path.utf8)) == nil) }
        #expect(try built.reader.contains(Array("part-3".utf8)))
        #expect(try !built.reader.contains(Array("part-".utf8)))
        #expect(try built.reader.contains(entries[5].path))
    }

    @Test("a directory lists what is below it, and nothing that only begins like it")
    func list() throws {
        let entries = [file("a-b"), file("a/x"), file("a/y/z"), file("a0"), file("b")]
        let built = try Built(entries)
        var found: [ManifestEntry] = []
        try built.reader.list(Array("a".utf8)) { found.append($0) }
        #expect(found == Array(entries[1...2]))
        found = []
        try built.reader.list(Array("a0".utf8)) { found.append($0) }
        #expect(found == [entries[3]])
        found = []
        try built.reader.list([UInt8]()) { found.append($0) }
        #expect(found == entries)
        let large = many(20_000)
        found = []
        try Built(large).reader.list(Array("part-11".utf8)) { found.append($0) }
        #expect(found == large.filter { $0.path.starts(with: Array("part-11/".utf8)) })
    }

    @Test("a difference names what differs and reads little else")
    func difference() throws {
        let before = many(20_000)
        var after = before
        after[100] = file(String(decoding: before[100].path, as: UTF8.self), 999_999)
        after.remove(at: 5000)
        let added = file("part-17/row-017000-new", 1)
        after.insert(added, at: after.firstIndex { !$0.path.lexicographicallyPrecedes(added.path) } ?? 0)
        after.removeLast(3)
        let old = try Built(before)
        let new = try Built(after)
        var changes: [ManifestChange] = []
        try ManifestReader.difference(from: old.reader, to: new.reader) { changes.append($0) }
        #expect(changes == expected(before, after))
        #expect(changes.count == 6)
        #expect(old.nodes.fetchCount + new.nodes.fetchCount < 30)
        // New metadata of four edited places: a few nodes, not the whole list.
        let fresh = new.nodes.all.filter { old.nodes[$0.id] == nil }
        #expect(fresh.count < 15)
    }

    @Test("differences of random pairs are those of their lists", arguments: 0..<40)
    func differences(seed: Int) throws {
        var random = SeededBytes(seed: UInt64(seed))
        let all = many(Int(random.next() % 3000))
        func pick(_ keep: UInt64) -> [ManifestEntry] { all.filter { _ in random.next() % 100 < keep } }
        let before = pick(seed % 3 == 0 ? 50 : 99)
        let after = pick(seed % 5 == 0 ? 30 : 99).map { entry in
            random.next() % 50 == 0 ? file(String(decoding: entry.path, as: UTF8.self), 5) : entry
        }
        var changes: [ManifestChange] = []
        try ManifestReader.difference(from: try Built(before).reader, to: try Built(after).reader) { changes.append($0) }
        #expect(changes == expected(before, after))
        changes = []
        try ManifestReader.difference(from: nil, to: try Built(after).reader) { changes.append($0) }
        #expect(changes == after.map { .added($0) })
        changes = []
        try ManifestReader.difference(from: try Built(before).reader, to: nil) { changes.append($0) }
        #expect(changes == before.map { .removed($0) })
    }

    @Test("whether two manifests differ below a path is told by reading little else")
    func differ() throws {
        let before = many(20_000)
        var after = before
        let place = try #require(after.firstIndex { $0.path.starts(with: Array("part-11/".utf8)) }) + 20
        after[place] = file(String(decoding: before[place].path, as: UTF8.self), 999_999)
        let (old, new) = (try Built(before), try Built(after))
        for prefix in Set(before.map { Array($0.path.prefix { $0 != UInt8(ascii: "/") }) }) {
            old.nodes.fetchCount = 0
            #expect(try ManifestReader.differ(old.reader, new.reader, at: prefix) == (prefix == Array("part-11".utf8)))
            #expect(old.nodes.fetchCount < 15)
        }
        #expect(try ManifestReader.differ(old.reader, new.reader, at: after[place].path))
        #expect(try !ManifestReader.differ(old.reader, new.reader, at: after[place - 1].path))
        #expect(try !ManifestReader.differ(old.reader, new.reader, at: Array("part-1".utf8)))
        #expect(try ManifestReader.differ(nil, new.reader, at: Array("part-11".utf8)))
        #expect(try ManifestReader.differ(old.reader, nil, at: Array("part-11".utf8)))
        #expect(try !ManifestReader.differ(nil, new.reader, at: Array("none".utf8)))
        // A file that becomes a directory.
        let (one, two) = (try Built([file("a"), file("b")]), try Built([file("a/x"), file("b")]))
        #expect(try ManifestReader.differ(one.reader, two.reader, at: Array("a".utf8)))
        #expect(try !ManifestReader.differ(one.reader, two.reader, at: Array("b".utf8)))
    }

    private func expected(_ before: [ManifestEntry], _ after: [ManifestEntry]) -> [ManifestChange] {
        let old = Dictionary(uniqueKeysWithValues: before.map { ($0.path, $0) })
        let new = Dictionary(uniqueKeysWithValues: after.map { ($0.path, $0) })
        return Set(old.keys).union(new.keys).sorted { $0.lexicographicallyPrecedes($1) }.compactMap { path in
            switch (old[path], new[path]) {
            case (let old?, let new?): old.hasSameContent(as: new) ? nil : .changed(from: old, to: new)
            case (let old?, nil): .removed(old)
            case (nil, let new?): .added(new)
            case (nil, nil): nil
            }
        }
    }

    @Test("entries that are no entries, out of order, or below another are refused when added")
    func refused() throws {
        let bad: [[ManifestEntry]] = [
            [file("../x")], [file("a/../../x")], [file("/etc/passwd")], [file("a//b")], [file("./a")], [file("a/.")], [file("a/")], [file("")],
            [file(".git")], [file("a/.GIT/x")], [file("git~1")], [file(".git ")], [file(".git.")], [file(".g\u{200C}it")],
            [file(".git::$INDEX_ALLOCATION")], [file("a\nb")], [file("a\0b")], [file(String(repeating: "a", count: 256))],
            [file((0..<2100).map { _ in "a" }.joined(separator: "/"))], [file("a"), file("a")], [file("b"), file("a")],
            [file("a"), file("a/b")], [file("a"), file("a-b"), file("a.b"), file("a/b")], [.directory(path: bytes("a")), file("a/b")],
            [.symlink(path: bytes("a"), target: bytes("b")), file("a/b")], [.symlink(path: bytes("a"), target: [])],
            [.symlink(path: bytes("a"), target: bytes("x\0y"))], [.symlink(path: bytes("a"), target: bytes(String(repeating: "x", count: 4096)))],
            [.file(path: bytes("a"), size: 1 << 63, oid: OID(SHA256Hasher.hash([])))],
        ]
        for entries in bad {
            let error = #expect(throws: TenonError.self, "\(entries)") { try Built(entries) }
            #expect(error?.code == .invalidArgument)
        }
        _ = try Built([file("a"), file("a-b"), file("a.b"), file("a0/b"), file("aa/b")])
    }

    @Test("the quick check of paths refuses exactly what the rules refuse")
    func quickCheck() {
        var random = SeededBytes(seed: 77)
        let parts: [[UInt8]] =
            ["", ".", "..", "a", "g", "git", ".git", "GIT~1", "git~1", ".g", " ", "/", "/", "\n", "\0", ":", "x.y", "\u{200C}", "\u{FEFF}"].map {
                Array($0.utf8)
            } + [[0xFF], [0xE2], Array(repeating: 0x61, count: 254)]
        for _ in 0..<50_000 {
            let path = (0...(random.next() % 6)).flatMap { _ in parts[Int(random.next() % UInt64(parts.count))] }
            let quick = path.withUnsafeBytes { PathCheck.reasonToRefuse($0) }
            #expect(quick == RelativePath.reasonToRefuse(path), "\(path)")
        }
    }

    /// Reads a manifest that is one node with `bytes`, under whatever id these have.
    private func read(_ bytes: [UInt8]) throws -> [ManifestEntry] {
        var entries: [ManifestEntry] = []
        try ManifestReader(root: NodeID(SHA256Hasher.hash(bytes))) { _ in bytes }.forEach { entries.append($0) }
        return entries
    }

    @Test("every truncation and every changed byte of a node is refused, or is another manifest in its one encoding")
    func damage() throws {
        let built = try Built(small)
        let node = try #require(built.nodes[built.summary.root])
        for length in 0..<node.count { #expect(throws: TenonError.self) { try read(Array(node[..<length])) } }
        #expect(throws: TenonError.self) { try read(node + [0]) }
        for position in node.indices {
            for mask: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                var damaged = node
                damaged[position] ^= mask
                #expect(throws: TenonError.self) { try ManifestReader(root: built.summary.root) { _ in damaged }.forEach { _ in } }
                guard let entries = try? read(damaged) else { continue }
                let again = try Built(entries)
                #expect(again.nodes[again.summary.root] == damaged, "\(position) \(mask)")
            }
        }
    }

    @Test("an inner node that names other children, sums or lengths is refused")
    func damagedInnerNode() throws {
        let built = try Built(many(2000))
        let root = try #require(built.nodes[built.summary.root])
        #expect(root[6] == 1)
        for position in root.indices {
            var damaged = root
            damaged[position] ^= 1
            let id = NodeID(SHA256Hasher.hash(damaged))
            #expect(throws: TenonError.self, "\(position)") {
                try ManifestReader(root: id) { $0 == id ? damaged : try built.nodes.fetch($0) }.forEach { _ in }
            }
        }
    }

    @Test("lists that are cut elsewhere than the rule says are refused")
    func otherCuts() throws {
        let entries = many(60).filter(\.isFile)
        func node(level: UInt8, _ body: [[UInt8]]) -> [UInt8] { NodeFormat.head(kind: .tree, level: level, count: body.count) + body.flatMap { $0 } }
        func leaf(_ part: ArraySlice<ManifestEntry>) -> [UInt8] {
            node(
                level: 0,
                part.map { entry in
                    var body: [UInt8] = [entry.kind.rawValue]
                    body.appendInteger(UInt64(entry.path.count))
                    body += entry.path
                    body.appendInteger(entry.size)
                    return body + entry.oid.bytes
                })
        }
        func parent(_ parts: [ArraySlice<ManifestEntry>]) -> (root: [UInt8], nodes: [NodeID: [UInt8]]) {
            var nodes: [NodeID: [UInt8]] = [:]
            let body = parts.map { part in
                let bytes = leaf(part)
                let id = NodeID(SHA256Hasher.hash(bytes))
                nodes[id] = bytes
                let path = part.last?.path ?? []
                var entry: [UInt8] = []
                entry.appendInteger(UInt64(path.count))
                entry += path
                NodeSummary(id: id, length: UInt64(bytes.count), entryCount: UInt64(part.count), size: part.reduce(0) { $0 + $1.size })
                    .append(to: &entry)
                return entry
            }
            return (node(level: 1, body), nodes)
        }
        for parts in [[entries[..<10], entries[10...]], [entries[...]], [entries[..<10], entries[..<0], entries[10...]]] {
            let (root, nodes) = parent(parts)
            #expect(throws: TenonError.self) {
                try ManifestReader(root: NodeID(SHA256Hasher.hash(root))) { nodes[$0] ?? root }.forEach { _ in }
            }
        }
    }

    @Test("a node that names itself, or levels that don't fall, are refused")
    func cycles() throws {
        let built = try Built(many(2000))
        let root = try #require(built.nodes[built.summary.root])
        let reader = ManifestReader(root: built.summary.root) { _ in root }
        #expect(throws: TenonError.self) { try reader.forEach { _ in } }
    }

    @Test("a count of entries beyond the bytes that are there is refused")
    func countBomb() throws {
        var bytes = NodeFormat.magic + [1, 1, 0]
        bytes.appendInteger(1 << 40)
        bytes += [UInt8](repeating: 0, count: 64)
        #expect(throws: TenonError.self) { try read(bytes) }
    }

    @Test("another version of nodes is of a newer Tenon")
    func newer() throws {
        var node = try #require(try Built(small).nodes.all.last?.bytes)
        node[4] = 2
        let error = #expect(throws: TenonError.self) { try read(node) }
        #expect(error?.code == .unsupportedVersion)
    }
}
