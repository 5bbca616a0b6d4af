import TenonCore
import Testing

@testable import TenonGit

/// What the index holds other than a tree, and which commits are new.
@Suite struct ChangesTests {
    @Test(arguments: ["sha1", "sha256"]) func `The index is compared with a tree, and with none`(format: String) throws {
        let fixture = try GitFixture()
        try fixture.repository("work", "--object-format=\(format)")
        try fixture.write("work/a", "a")
        try fixture.git("work", "add", "-A")
        #expect(try fixture.open().indexChanges(against: nil).map(\.text) == ["+a"])
        let commit = try fixture.commit("one")
        let repository = try fixture.open()
        let tree = try repository.commit(commit).tree
        #expect(try repository.indexChanges(against: tree).isEmpty)
        try fixture.write("work/a", "b")
        try fixture.write(Array("work/new\nline \u{7F}".utf8), "n")
        try fixture.git("work", "add", "-A")
        #expect(try fixture.open().indexChanges(against: tree).map(\.text) == ["*a", "+new\\x0aline \\x7f"])
        try fixture.git("work", "rm", "-q", "--cached", "a")
        #expect(try fixture.open().indexChanges(against: tree).map(\.text) == ["-a", "+new\\x0aline \\x7f"])
    }

    @Test func `New commits are those that nothing known reaches, unknown ids aside`() throws {
        let fixture = try GitFixture()
        try fixture.repository()
        let one = try fixture.commit("one")
        let two = try fixture.commit("two")
        let three = try fixture.commit("three")
        let stranger = try fixture.id(String(repeating: "b", count: 40))
        let repository = try fixture.open()
        #expect(try repository.newCommits(from: [three], known: [one, stranger]) == [three, two])
        #expect(try repository.newCommits(from: [], known: []) == [])
        #expect(try repository.newCommits(from: [three], known: [], andReferences: true) == [])
        try fixture.git("work", "reset", "-q", "--hard", one.hex)
        #expect(try repository.newCommits(from: [three], known: [], andReferences: true) == [three, two])
        #expect(try repository.newCommits(from: [three], known: [two], andReferences: true) == [three])
    }

    @Test(arguments: ["sha1", "sha256"]) func `A commit's own changes are those against every parent`(format: String) throws {
        let fixture = try GitFixture()
        try fixture.repository("work", "--object-format=\(format)")
        try fixture.write("work/a", "a")
        try fixture.write(Array("work/odd\nname".utf8), "o")
        let root = try fixture.commit("root")
        try fixture.git("work", "checkout", "-q", "-b", "side")
        try fixture.write("work/side", "s")
        let side = try fixture.commit("side")
        try fixture.git("work", "checkout", "-q", "main")
        try fixture.write("work/main", "m")
        try fixture.git("work", "rm", "-q", "a")
        let main = try fixture.commit("main")
        let empty = try fixture.id(fixture.git("work", "commit-tree", "-m", "empty", "-p", main.hex, "\(main.hex)^{tree}"))
        // What the merge takes over is not its own; what it brings or changes itself is.
        try fixture.git("work", "merge", "-q", "--no-commit", "side")
        try fixture.write("work/own", "w")
        try fixture.write("work/main", "changed")
        let merge = try fixture.commit("merge")
        var found: [GitObjectID: [String]] = [:]
        let repository = try fixture.open()
        try repository.forEachOwnChange(of: [merge, empty, main, side, root]) { found[$0, default: []].append($1.text) }
        #expect(found == [root: ["+a", "+odd\\x0aname"], side: ["+side"], main: ["-a", "+main"], merge: ["*main", "+own"]])
        #expect(try repository.branches() == ["refs/heads/main": merge, "refs/heads/side": side])
        #expect(try repository.isAncestor(side, of: merge) && !repository.isAncestor(merge, of: side))
    }

    @Test func `A bare repository is read with the objects of a quarantine`() throws {
        let fixture = try GitFixture()
        try fixture.repository()
        try fixture.write("work/a", "a")
        let one = try fixture.commit("one")
        try fixture.git("work", "clone", "-q", "--bare", ".", "../hub.git")
        try fixture.write("work/b", "b")
        let two = try fixture.commit("two")
        let hub = Array(fixture.path("hub.git").utf8)
        func open(_ more: [String: String] = [:]) throws -> GitRepository {
            try GitRepository.openBare(gitDirectory: hub, environment: GitEnvironment(caller: GitFixture.caller.merging(more) { $1 }))
        }
        #expect(try open().commitIfPresent(two) == nil)
        let inside = try open([
            "GIT_OBJECT_DIRECTORY": fixture.path("work/.git/objects"), "GIT_ALTERNATE_OBJECT_DIRECTORIES": fixture.path("hub.git/objects"),
        ])
        #expect(try inside.newCommits(from: [two], known: [], andReferences: true) == [two])
        var changes: [String] = []
        try inside.forEachOwnChange(of: [two]) { changes.append($1.text) }
        #expect(changes == ["+b"])
        #expect(try inside.head() == Head(branch: "refs/heads/main", commit: one))
        #expect(throws: TenonError.self) {
            try GitRepository.openBare(gitDirectory: Array(fixture.root.utf8), environment: GitEnvironment(caller: GitFixture.caller))
        }
    }

    @Test func `Where a shallow clone ends is told, and what is there all the same is compared`() throws {
        let fixture = try GitFixture()
        try fixture.repository()
        var commits: [GitObjectID] = []
        for number in 0..<4 {
            try fixture.write("work/f\(number)", "x")
            commits.append(try fixture.commit("\(number)"))
        }
        try fixture.git("work", "clone", "-q", "--depth=2", "file://\(fixture.path("work"))", "../shallow")
        let shallow = try GitRepository.open(
            workTree: Array(fixture.path("shallow").utf8), environment: GitEnvironment(caller: GitFixture.caller))
        #expect(try shallow.commitsCutOff(among: [commits[3], commits[2]]).map(\.id) == [commits[2]])
        try fixture.git("shallow", "fetch", "-q", "--depth=1", "origin", commits[1].hex)
        #expect(try shallow.commitsCutOff(among: [commits[3], commits[2]]).isEmpty)
        var changes: [String] = []
        try shallow.forEachOwnChange(of: [commits[2]]) { changes.append($1.text) }
        #expect(changes == ["+f2"])
    }
}
