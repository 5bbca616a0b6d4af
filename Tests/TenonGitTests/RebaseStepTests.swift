import TenonCore
import Testing

@testable import TenonGit

/// Where a rebase stands, told from its files.
@Suite struct RebaseStepTests {
    private static let original = String(repeating: "a", count: 40)

    private func step(todo: String, done: String = "", files: [String: String] = [:]) throws -> RebaseStep? {
        let fixture = try GitFixture()
        try fixture.repository()
        try fixture.write("work/.git/rebase-merge/git-rebase-todo", todo)
        try fixture.write("work/.git/rebase-merge/done", done)
        try fixture.write("work/.git/rebase-merge/orig-head", RebaseStepTests.original + "\n")
        for (name, text) in files { try fixture.write("work/.git/\(name)", text) }
        return try fixture.open().rebaseStep()
    }

    @Test func `Without a rebase there is no step, and am is none`() throws {
        let fixture = try GitFixture()
        try fixture.repository()
        #expect(try fixture.open().rebaseStep() == nil)
        try fixture.write("work/.git/rebase-apply/applying", "")
        #expect(try fixture.open().rebaseStep() == nil)
    }

    @Test(arguments: [
        ("pick 1234567 two\n", RebaseStep.Next.commit), ("# comment\n\nreword 1234567 two\n", .commit), ("exec make\npick 1234567\n", .pause),
        ("x make\n", .pause), ("break\n", .pause), ("b\n", .pause), ("", .end), ("# all done\n", .end), ("update-ref refs/heads/x\n", .end),
        ("label onto\nexec make\n", .pause), ("drop 1234567\nfixup -C 1234567\n", .commit), ("noop\n", .end), ("merge -C 1234567 side\n", .commit),
    ])
    func `What follows is told from the todo list`(todo: String, next: RebaseStep.Next) throws {
        let step = try #require(try step(todo: todo, done: "pick 7654321 one\n"))
        #expect(step.next == next)
        #expect(!step.isStopping)
        #expect(step.original?.hex == RebaseStepTests.original)
    }

    @Test(arguments: ["edit 1234567 x\n", "pick 7654321 y\ne 1234567 x\n", "break\n", "exec make\n"])
    func `A command that ends with a stop is one`(done: String) throws {
        #expect(try step(todo: "pick 1234567\n", done: done)?.isStopping == true)
        #expect(try step(todo: "pick 1234567\n", done: done + "pick 1234567 z\n")?.isStopping == false)
    }

    @Test func `A commit that could not be applied is a stop until Git goes on`() throws {
        #expect(try step(todo: "pick 1234567\n", done: "pick 1\n", files: ["rebase-merge/stopped-sha": "1\n"])?.isStopping == true)
    }

    @Test func `The other backend counts its patches`() throws {
        let fixture = try GitFixture()
        try fixture.repository()
        for (name, text) in ["rebasing": "", "next": "1\n", "last": "2\n", "orig-head": RebaseStepTests.original + "\n"] {
            try fixture.write("work/.git/rebase-apply/\(name)", text)
        }
        #expect(try fixture.open().rebaseStep()?.next == .commit)
        try fixture.write("work/.git/rebase-apply/next", "2\n")
        #expect(try fixture.open().rebaseStep()?.next == .end)
        try fixture.write("work/.git/rebase-apply/next", "no number\n")
        try fixture.write("work/.git/rebase-apply/last", "\n")
        #expect(try fixture.open().rebaseStep()?.next == .end)
    }
}
