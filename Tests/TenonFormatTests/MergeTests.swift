import TenonCore
import Testing

@testable import TenonFormat

struct MergeTests {
    // MARK: One entry

    private static let path = Array("a".utf8)[...]

    private static func file(_ content: Int, isExecutable: Bool = false, path: ArraySlice<UInt8> = path) -> ManifestEntry {
        .file(path: path, size: UInt64(content), oid: OID(SHA256Hasher.hash(Array("\(content)".utf8))), isExecutable: isExecutable)
    }

    /// What may lie at a path, in two variants of each kind where there are two.
    private static let states: [ManifestEntry?] = [
        nil, file(1), file(2), file(3), file(1, isExecutable: true), file(2, isExecutable: true), .symlink(path: path, target: Array("x".utf8)[...]),
        .symlink(path: path, target: Array("y".utf8)[...]), .directory(path: path),
    ]

    @Test("for every base, ours and theirs of one entry: what one side changed is taken, what both changed differently is a conflict")
    func table() {
        for base in MergeTests.states {
            for ours in MergeTests.states {
                for theirs in MergeTests.states {
                    let decision = MergeDecision(base: base, ours: ours, theirs: theirs)
                    let mirrored = MergeDecision(base: base, ours: theirs, theirs: ours)
                    switch decision {
                    case .take(let entry):
                        #expect(mirrored == .take(entry))
                        if ours == theirs || theirs == base {
                            #expect(entry == ours)
                        } else if ours == base {
                            #expect(entry == theirs)
                        } else {
                            // Only a file's bytes and its executable bit can have been changed apart.
                            #expect([base, ours, theirs].allSatisfy { $0?.isFile == true })
                            #expect([ours, theirs].contains { $0?.oid == entry?.oid } && [ours, theirs].contains { $0?.kind == entry?.kind })
                            #expect(entry != ours && entry != theirs || ours?.oid == theirs?.oid || ours?.kind == theirs?.kind)
                        }
                    case .conflict(let kind):
                        #expect(ours != theirs && ours != base && theirs != base)
                        switch kind {
                        case .bothAdded: #expect(base == nil && ours != nil && theirs != nil && mirrored == .conflict(.bothAdded))
                        case .bothChanged: #expect(base != nil && ours != nil && theirs != nil && mirrored == .conflict(.bothChanged))
                        case .removedByUs: #expect(base != nil && ours == nil && mirrored == .conflict(.removedByThem))
                        case .removedByThem: #expect(base != nil && theirs == nil && mirrored == .conflict(.removedByUs))
                        case .fileAndDirectory: Issue.record("one entry alone can't meet another")
                        }
                    }
                }
            }
        }
    }

    @Test("the executable bit and the bytes are merged apart")
    func executableBit() {
        let (plain, changed) = (MergeTests.file(1), MergeTests.file(2))
        let executable = MergeTests.file(1, isExecutable: true)
        #expect(MergeDecision(base: plain, ours: executable, theirs: changed) == .take(MergeTests.file(2, isExecutable: true)))
        #expect(MergeDecision(base: nil, ours: executable, theirs: plain) == .conflict(.bothAdded))
        #expect(MergeDecision(base: plain, ours: MergeTests.file(3, isExecutable: true), theirs: changed) == .conflict(.bothChanged))
    }

    // MARK: Directories

    /// A directory as a dictionary.
    private typealias Tree = [String: ManifestEntry]

    private func reader(_ tree: Tree) throws -> ManifestReader {
        let nodes = NodeCollector()
        var builder = ManifestBuilder { nodes.add($0, $1) }
        for entry in tree.values.sorted(by: { $0.path.lexicographicallyPrecedes($1.path) }) { try builder.add(entry) }
        return ManifestReader(root: try builder.finish().root, fetch: nodes.fetch)
    }

    private func entries(_ lines: String...) -> Tree {
        var tree: Tree = [:]
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            let path = Array(words[0].utf8)[...]
            switch words[1] {
            case "dir": tree[words[0]] = .directory(path: path)
            case "link": tree[words[0]] = .symlink(path: path, target: Array(words[2].utf8)[...])
            default: tree[words[0]] = MergeTests.file(Int(words[1]) ?? 0, isExecutable: words.count > 2, path: path)
            }
        }
        return tree
    }

    private struct Outcome {
        var conflicts: [String: MergeConflict.Kind] = [:]
        /// With each conflict taken from one side.
        var ours: Tree = [:]
        var theirs: Tree = [:]
    }

    private func merge(_ base: Tree?, _ ours: Tree, _ theirs: Tree) throws -> Outcome {
        let merge = ManifestMerge(base: try base.map(reader), ours: try reader(ours), theirs: try reader(theirs))
        let survey = try merge.survey()
        var outcome = Outcome()
        #expect(survey.count == survey.conflicts.count)
        for conflict in survey.conflicts { outcome.conflicts[String(decoding: conflict.path, as: UTF8.self)] = conflict.kind }
        for side in [MergeSide.ours, .theirs] {
            var tree: Tree = [:]
            // The builder refuses what is out of order, twice there, or below another entry.
            var builder = ManifestBuilder { _, _ in }
            try merge.forEach(survey, side: { _ in side }) { entry in
                try builder.add(entry)
                tree[String(decoding: entry.path, as: UTF8.self)] = entry
            }
            _ = try builder.finish()
            if side == .ours { outcome.ours = tree } else { outcome.theirs = tree }
        }
        return outcome
    }

    @Test("two sides that add different files give the union")
    func union() throws {
        let base = entries("a 1", "b/c 2")
        let outcome = try merge(
            base, base.merging(entries("b/d 3"), uniquingKeysWith: { $1 }), base.merging(entries("0 4"), uniquingKeysWith: { $1 }))
        #expect(outcome.conflicts.isEmpty)
        #expect(outcome.ours == entries("0 4", "a 1", "b/c 2", "b/d 3"))
    }

    @Test("without a base both sides are added")
    func noBase() throws {
        let outcome = try merge(nil, entries("a 1", "b 1"), entries("b 1", "c 1"))
        #expect(outcome.conflicts.isEmpty)
        #expect(outcome.ours == entries("a 1", "b 1", "c 1"))
        #expect(try merge(nil, entries("a 1"), entries("a 2")).conflicts == ["a": .bothAdded])
    }

    @Test("a file on one side and a directory on the other conflict as one, and either side can be had whole")
    func fileAndDirectory() throws {
        let outcome = try merge(entries("z 1"), entries("p 1", "p-q 1", "z 1"), entries("p/x 2", "p/y/z 2", "z 1"))
        #expect(outcome.conflicts == ["p": .fileAndDirectory])
        #expect(outcome.ours == entries("p 1", "p-q 1", "z 1"))
        #expect(outcome.theirs == entries("p-q 1", "p/x 2", "p/y/z 2", "z 1"))
        // A changed file that the other side made a directory: one conflict, not two.
        let changed = try merge(entries("p 1"), entries("p 2"), entries("p/x 1"))
        #expect(changed.conflicts == ["p": .fileAndDirectory])
        #expect(changed.theirs == entries("p/x 1"))
    }

    @Test("a type that only one side changed is taken")
    func typeChange() throws {
        #expect(try merge(entries("p 1", "q 1"), entries("p 1", "q 2"), entries("p/x 1", "q 1")).ours == entries("p/x 1", "q 2"))
        #expect(try merge(entries("p/x 1", "p/y 1"), entries("p link q"), entries("p/x 1", "p/y 1")).ours == entries("p link q"))
        let outcome = try merge(entries("p/x 1"), entries("p link q"), entries("p/x 2"))
        #expect(outcome.conflicts == ["p": .fileAndDirectory])
        #expect(outcome.ours == entries("p link q"))
        #expect(outcome.theirs == entries("p/x 2"))
    }

    @Test("an empty directory gives way to what the other side puts into it")
    func emptyDirectory() throws {
        let filled = try merge(nil, entries("p dir"), entries("p/x 1"))
        #expect(filled.conflicts.isEmpty)
        #expect(filled.ours == entries("p/x 1"))
        let emptied = try merge(entries("p/x 1"), entries("p dir"), entries("p/x 1", "p/y 1"))
        #expect(emptied.conflicts.isEmpty)
        #expect(emptied.ours == entries("p/y 1"))
        let both = try merge(entries("p/x 1"), entries("p dir"), entries("p/x 2"))
        #expect(both.conflicts == ["p/x": .removedByUs])
        #expect(both.ours == entries("p dir"))
        #expect(both.theirs == entries("p/x 2"))
    }

    // MARK: Random directories

    private static let names = ["a", "a-b", "a/b", "a/b/c", "a/b-c", "a/d", "b", "b/a", "b/a/a", "c", "c/x", "c.d"]

    /// A valid directory: nothing lies below an entry.
    private func random(_ generator: inout SeededBytes, from start: Tree, changes: Int) -> Tree {
        var tree = start
        for _ in 0..<changes {
            let name = MergeTests.names[Int(generator.next() % UInt64(MergeTests.names.count))]
            let path = Array(name.utf8)[...]
            tree = tree.filter { !$0.key.hasPrefix(name + "/") && !name.hasPrefix($0.key + "/") }
            switch generator.next() % 8 {
            case 0...1: tree[name] = nil
            case 2...4: tree[name] = MergeTests.file(Int(generator.next() % 3), path: path)
            case 5: tree[name] = MergeTests.file(Int(generator.next() % 3), isExecutable: true, path: path)
            case 6: tree[name] = .directory(path: path)
            default: tree[name] = .symlink(path: path, target: Array("t\(generator.next() % 2)".utf8)[...])
            }
        }
        return tree
    }

    /// The same merge, written down without regard to cost.
    private func model(_ base: Tree, _ ours: Tree, _ theirs: Tree) -> Outcome {
        var decisions: [String: MergeDecision] = [:]
        for name in Set(base.keys).union(ours.keys).union(theirs.keys) {
            decisions[name] = MergeDecision(base: base[name], ours: ours[name], theirs: theirs[name])
        }
        let present = decisions.filter { $0.value != .take(nil) }
        var collisions: Set<String> = []
        var filled: Set<String> = []
        var emptied: Set<String> = []
        for (above, decision) in present {
            for (below, other) in present where below.hasPrefix(above + "/") {
                guard case .take(let entry?) = decision, entry.kind == .directory else {
                    collisions.insert(above)
                    continue
                }
                if case .take = other { filled.insert(above) } else { emptied.insert(above) }
            }
        }
        var outcome = Outcome()
        func isInside(_ name: String) -> Bool { collisions.contains { name == $0 || name.hasPrefix($0 + "/") } }
        for name in collisions { outcome.conflicts[name] = .fileAndDirectory }
        for (name, decision) in decisions {
            if isInside(name) {
                outcome.ours[name] = ours[name]
                outcome.theirs[name] = theirs[name]
                continue
            }
            switch decision {
            case .take(let entry):
                if filled.contains(name) { continue }
                // It stays on the side that has emptied it, and there alone.
                if !emptied.contains(name) || ours[name] != nil { outcome.ours[name] = entry }
                if !emptied.contains(name) || theirs[name] != nil { outcome.theirs[name] = entry }
            case .conflict(let kind):
                outcome.conflicts[name] = kind
                outcome.ours[name] = ours[name]
                outcome.theirs[name] = theirs[name]
            }
        }
        return outcome
    }

    @Test("random directories merge as the model says, and conflict in the same places whoever merges", arguments: 0..<40)
    func randomDirectories(seed: Int) throws {
        var generator = SeededBytes(seed: UInt64(seed))
        for _ in 0..<50 {
            let base = random(&generator, from: [:], changes: 6)
            let ours = random(&generator, from: base, changes: Int(generator.next() % 5))
            let theirs = random(&generator, from: base, changes: Int(generator.next() % 5))
            let outcome = try merge(base, ours, theirs)
            let expected = model(base, ours, theirs)
            #expect(outcome.conflicts == expected.conflicts)
            #expect(outcome.ours == expected.ours)
            #expect(outcome.theirs == expected.theirs)
            let mirrored = try merge(base, theirs, ours)
            #expect(Set(mirrored.conflicts.keys) == Set(outcome.conflicts.keys))
            #expect(mirrored.ours == outcome.theirs)
        }
    }

    @Test("large directories that differ little: only the nodes that differ are read to find the conflicts")
    func cost() throws {
        var base: Tree = [:]
        for index in 0..<30_000 {
            base["d\(index % 100)/f\(100_000 + index)"] = MergeTests.file(index, path: Array("d\(index % 100)/f\(100_000 + index)".utf8)[...])
        }
        var (ours, theirs) = (base, base)
        ours["d7/f100007"] = MergeTests.file(1, path: Array("d7/f100007".utf8)[...])
        theirs["d7/f100007"] = MergeTests.file(2, path: Array("d7/f100007".utf8)[...])
        theirs["d9/new"] = MergeTests.file(2, path: Array("d9/new".utf8)[...])
        var reads = 0
        func counted(_ tree: Tree) throws -> ManifestReader {
            let nodes = NodeCollector()
            var builder = ManifestBuilder { nodes.add($0, $1) }
            for entry in tree.values.sorted(by: { $0.path.lexicographicallyPrecedes($1.path) }) { try builder.add(entry) }
            return ManifestReader(root: try builder.finish().root) {
                reads += 1
                return try nodes.fetch($0)
            }
        }
        let merge = ManifestMerge(base: try counted(base), ours: try counted(ours), theirs: try counted(theirs))
        let survey = try merge.survey()
        #expect(survey.conflicts.map(\.kind) == [.bothChanged])
        #expect(reads < 40)
        var count = 0
        try merge.forEach(survey, side: { _ in .theirs }) { _ in count += 1 }
        #expect(count == 30_001)
    }

    // MARK: Pointers

    private func tree(_ number: Int, run: RunID? = nil) -> Pointer {
        let digest = SHA256Hasher.hash(Array("\(number)".utf8))
        return .tree(oid: OID(digest), size: UInt64(number), files: 1, manifest: NodeID(digest), run: run)
    }

    private func run(_ number: UInt8) -> RunID { RunID(SHA256Hasher.hash([number])) }

    @Test("pointers that differ only in their run merge: the one that changed it counts, ours if both did")
    func runs() {
        #expect(PointerMerge(base: tree(1, run: run(1)), ours: tree(1, run: run(1)), theirs: tree(1, run: run(2))) == .merged(tree(1, run: run(2))))
        #expect(PointerMerge(base: tree(1, run: run(1)), ours: tree(1, run: run(3)), theirs: tree(1, run: run(1))) == .merged(tree(1, run: run(3))))
        #expect(PointerMerge(base: tree(1, run: run(1)), ours: tree(1, run: run(3)), theirs: tree(1, run: run(2))) == .merged(tree(1, run: run(3))))
        #expect(PointerMerge(base: nil, ours: tree(1), theirs: tree(1, run: run(2))) == .merged(tree(1, run: run(2))))
        // The base's run made other bytes.
        #expect(PointerMerge(base: tree(2, run: run(2)), ours: tree(1), theirs: tree(1, run: run(2))) == .merged(tree(1, run: run(2))))
    }

    @Test("x- lines of both sides come together, and ours stay where that would be too long")
    func extensions() throws {
        func with(_ lines: [(String, String)]) throws -> Pointer {
            var pointer = tree(1)
            for (key, value) in lines { try pointer.set(try #require(Pointer.Extension(key: key, value: value))) }
            return pointer
        }
        let merged = PointerMerge(
            base: try with([("x-a", "1"), ("x-gone", "1")]), ours: try with([("x-a", "1"), ("x-b", "2"), ("x-gone", "1")]),
            theirs: try with([("x-a", "3")]))
        #expect(merged == .merged(try with([("x-a", "3"), ("x-b", "2")])))
        let long = String(repeating: "v", count: 200)
        let ours = try with([("x-a", long), ("x-b", long)])
        #expect(PointerMerge(base: nil, ours: ours, theirs: try with([("x-c", long), ("x-d", long), ("x-e", long)])) == .merged(ours))
    }

    @Test("files and kinds: one side's change is taken, two different ones conflict, the executable bit is merged apart")
    func files() {
        func file(_ number: Int, _ executable: Bool = false) -> Pointer {
            .file(oid: OID(SHA256Hasher.hash(Array("\(number)".utf8))), size: UInt64(number), executable: executable)
        }
        #expect(PointerMerge(base: file(1), ours: file(1), theirs: file(2)) == .merged(file(2)))
        #expect(PointerMerge(base: file(1), ours: file(2), theirs: file(1)) == .merged(file(2)))
        #expect(PointerMerge(base: file(1), ours: file(2), theirs: file(3)) == .conflict(.bothChanged))
        #expect(PointerMerge(base: nil, ours: file(2), theirs: file(3)) == .conflict(.bothAdded))
        #expect(PointerMerge(base: file(1), ours: file(1, true), theirs: file(2)) == .merged(file(2, true)))
        #expect(PointerMerge(base: file(1), ours: file(2), theirs: tree(1)) == .conflict(.bothChanged))
        #expect(PointerMerge(base: tree(1), ours: file(2), theirs: file(3)) == .conflict(.bothChanged))
        #expect(PointerMerge(base: tree(1), ours: file(2), theirs: tree(1)) == .merged(file(2)))
        #expect(PointerMerge(base: file(1), ours: tree(2), theirs: tree(3)) == .directories(base: nil))
        #expect(PointerMerge(base: tree(1), ours: tree(2), theirs: tree(3)) == .directories(base: tree(1)))
    }
}
