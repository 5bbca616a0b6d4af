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
}
