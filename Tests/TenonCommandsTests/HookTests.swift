import TenonAPI
import Testing

@testable import TenonCommands

@Suite struct GitCommitLineTests {
    private func line(_ words: String...) -> GitCommitLine? { GitCommitLine(GitAncestor(words.map { Array($0.utf8) })) }

    private func paths(_ words: String...) -> [String]? {
        GitCommitLine(GitAncestor(words.map { Array($0.utf8) }))?.pathspecs.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `only git commit is one`() {
        #expect(line("git", "status") == nil)
        #expect(line("/usr/lib/git-core/git", "commit") != nil)
        #expect(line("git-commit") != nil)
        #expect(line("sh", "-c", "git commit") == nil)
        #expect(line("git", "-c", "commit", "rebase") == nil)
        #expect(line("git", "-C", "/x", "--no-pager", "-c", "a=b", "commit", "--amend")?.amends == true)
        #expect(line("git", "--git-dir=/x", "commit", "-m", "--amend")?.amends == false)
        #expect(line("git") == nil)
        #expect(GitCommitLine(GitAncestor([])) == nil)
    }

    @Test func `amend and allow-empty are found, cut short or taken back`() {
        #expect(line("git", "commit", "--amen")?.amends == true)
        #expect(line("git", "commit", "--amend", "--no-amend")?.amends == false)
        #expect(line("git", "commit", "--", "--amend")?.amends == false)
        #expect(line("git", "commit", "--allow-empty")?.allowsEmpty == true)
        #expect(line("git", "commit", "--allow-empty-message")?.allowsEmpty == false)
        #expect(line("git", "commit", "--author", "--amend")?.amends == false)
    }

    @Test func `values of options are no paths`() {
        #expect(paths("git", "commit", "-m", "text", "a", "b c") == ["a", "b c"])
        #expect(paths("git", "commit", "-am", "text") == [])
        #expect(paths("git", "commit", "-amtext", "a") == ["a"])
        #expect(paths("git", "commit", "-qF", "file", "a") == ["a"])
        #expect(paths("git", "commit", "-uno", "a") == ["a"])
        #expect(paths("git", "commit", "-Skey", "a", "--mess", "text", "--date=now", "b") == ["a", "b"])
        #expect(paths("git", "commit", "--fixup", "HEAD", "-o", "--", "-m", "x") == ["-m", "x"])
        #expect(paths("git", "commit", "-m") == [])
    }
}

@Suite struct RefLinesTests {
    private static let one = String(repeating: "1", count: 40)
    private static let two = String(repeating: "2", count: 40)
    private static let zero = String(repeating: "0", count: 40)

    private func pushed(_ text: String) throws -> [RefUpdate] { try RefLines.pushed(Array(text.utf8)) }
    private func transaction(_ text: String) throws -> [RefUpdate] { try RefLines.transaction(Array(text.utf8)) }

    @Test func `what is pushed is read, and deletions are left out`() throws {
        let (one, two, zero) = (RefLinesTests.one, RefLinesTests.two, RefLinesTests.zero)
        let updates = try pushed(
            "refs/heads/a \(one) refs/heads/\u{E9}\u{1F600} \(two)\n(delete) \(zero) refs/heads/x \(two)\nHEAD~1 \(one) refs/tags/t \(zero)\n")
        #expect(updates.map(\.name) == [WirePath("refs/heads/\u{E9}\u{1F600}"), WirePath("refs/tags/t")])
        #expect(updates.map(\.old) == [two, zero])
        #expect(try pushed("").isEmpty)
    }

    @Test func `a transaction's moves are read; what stays, goes or is symbolic makes nothing reachable`() throws {
        let (one, two, zero) = (RefLinesTests.one, RefLinesTests.two, RefLinesTests.zero)
        let text =
            "\(one) \(two) refs/heads/a\n\(one) \(one) HEAD\n\(one) \(zero) refs/stash\n\(one) ref:refs/heads/b HEAD\n"
            + "ref:refs/heads/b \(two) HEAD\n"
        #expect(try transaction(text).map(\.name) == [WirePath("refs/heads/a"), WirePath("HEAD")])
        #expect(try transaction(text).map(\.old) == [one, zero])
    }

    @Test(arguments: [
        "\n", "a b c d\n", "refs/heads/a 1111 refs/heads/a 2222\n", "x\0y\n", "refs/heads/a \(one) refs/heads/a \(two) more\n",
        "refs/heads/a \(one) refs/heads/a \(two)", "refs/heads/a  \(one) refs/heads/a \(two)\n",
        "refs/heads/a \(String(repeating: "G", count: 40)) refs/heads/a \(two)\n", "refs/heads/a \(one)  \(two)\n",
    ])
    func `malformed lines are refused, each with its reason`(text: String) {
        let error = #expect(throws: TenonError.self) { _ = try pushed(text) }
        #expect(error?.cause?.contains("standard input") == true)
        #expect(throws: TenonError.self) { _ = try transaction(text) }
    }

    @Test func `thousands of references are read`() throws {
        let text = (0..<5000).map { "refs/heads/b\($0) \(RefLinesTests.one) refs/heads/b\($0) \(RefLinesTests.zero)\n" }.joined()
        #expect(try pushed(text).count == 5000)
    }
}
