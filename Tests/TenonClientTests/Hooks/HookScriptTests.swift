import Foundation
import TenonHooks
import TenonTesting
import Testing

@testable import TenonClient

/// The scripts, run by `sh` with programs that write down how they were called.
struct HookScriptTests {
    /// What a script did: which programs ran, in order, with what arguments and input.
    private struct Run {
        var status: CInt
        var calls: [String]
        var said: String
    }

    /// - Parameters:
    ///   - tenon: the exit status of `tenon`; `nil`: there is none.
    ///   - next: that of the hook that was there; `nil`: there was none.
    private func run(
        _ script: GitHook, _ arguments: [String] = [], input: String = "", tenon: CInt? = 0, next: CInt? = nil, artifacts: Bool = false,
        _ variables: [String: String] = [:]
    ) throws -> Run {
        try withScratchDirectory { base in
            let log = base + "/log"
            try git("init", "-q", base, in: base)
            if artifacts {
                try Data("x".utf8).write(to: URL(fileURLWithPath: base + "/a.tenon"))
                try git("add", "a.tenon", in: base)
            }
            func program(_ path: String, _ status: CInt) throws {
                let text =
                    "#!/bin/sh\n{ printf '%s' \"${0##*/}\"; printf ' [%s]' \"$@\"; printf ' <'; cat; printf '>\\n'; } >>'\(log)'\nexit \(status)\n"
                try writeProgram(text, to: path)
            }
            if let tenon { try program(base + "/the tenon", tenon) }
            if let next { try program(base + "/next", next) }
            let text = script.text(tenon: ShellWord.quoted(base + "/the tenon"), next: "\"${0%/*}/next\"")
            try writeProgram(text, to: base + "/hook")
            let process = Process()
            process.executableURL = URL(fileURLWithPath: base + "/hook")
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: base)
            process.environment = environment(in: base, variables).variables
            // From a file: a script that ends without reading would break a pipe.
            try Data(input.utf8).write(to: URL(fileURLWithPath: base + "/input"))
            process.standardInput = FileHandle(forReadingAtPath: base + "/input")
            let errors = Pipe()
            process.standardError = errors
            try process.run()
            let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let calls = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            return Run(
                status: process.terminationStatus,
                calls: calls.components(separatedBy: ">\n").filter { !$0.isEmpty }.map { $0.replacingOccurrences(of: "the tenon", with: "tenon") },
                said: said)
        }
    }

    private static let before: [GitHook] = [.preCommit, .preMergeCommit, .prePush]
    private static let after: [GitHook] = [.postCommit, .postCheckout, .postMerge, .postRewrite, .postApplypatch]

    @Test(arguments: GitHook.allCases) func `a script is at most ten lines, says whose it is, and has each blank once`(script: GitHook) {
        let lines = script.text(tenon: "<T>", next: "<N>").split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(lines.count <= 10)
        #expect(lines.first == "#!/bin/sh")
        #expect(lines[1].hasPrefix(GitHook.marker))
        #expect(lines.filter { $0.contains("tenon=<T>") }.count == 1 && lines.filter { $0.contains("<N>") }.count == 1)
        #expect(!lines.contains { $0.contains("@") && !$0.contains("\"$@\"") })
    }

    @Test(arguments: before + after) func `Tenon runs first, then the hook that was there, both with Git's arguments`(script: GitHook) throws {
        let run = try run(script, ["a b", "c"], next: 0)
        #expect(run.calls == ["tenon [hook] [\(script.rawValue)] [a b] [c] <", "next [a b] [c] <"])
        #expect(run.status == 0)
        #expect(run.said == "")
    }

    @Test(arguments: [GitHook.prePush, .postRewrite]) func `both get the same standard input, byte for byte`(script: GitHook) throws {
        for input in ["", "one two\n", "no line feed", "a\n\n\n", "%s \\n $x `y`\n"] {
            let run = try run(script, ["origin"], input: input, next: 0)
            #expect(run.calls == ["tenon [hook] [\(script.rawValue)] [origin] <\(input)", "next [origin] <\(input)"])
        }
        let many = (0..<5000).map { "refs/heads/b\($0) \(String(repeating: "a", count: 40)) x y\n" }.joined()
        #expect(try run(script, input: many, next: 0).calls.last == "next [] <\(many)")
    }

    @Test(arguments: before) func `where Tenon refuses, the other hook does not run`(script: GitHook) throws {
        let run = try run(script, tenon: 69, next: 0)
        #expect(run.calls.count == 1)
        #expect(run.status == 69)
    }

    @Test(arguments: before + after) func `the other hook's refusal stands`(script: GitHook) throws {
        #expect(try run(script, next: 3).status == 3)
    }

    @Test func `post-checkout says that data could not be brought, whatever the other hook says`() throws {
        #expect(try run(.postCheckout, tenon: 1, next: 0).status == 1)
        #expect(try run(.postCheckout, tenon: 1).status == 1)
        #expect(try run(.postCheckout, tenon: 1, next: 2).status == 2)
    }

    @Test(arguments: before) func `without Tenon nothing is committed or pushed that has artifacts`(script: GitHook) throws {
        let refused = try run(script, tenon: nil, next: 0, artifacts: true)
        #expect(refused.status == 1)
        #expect(refused.calls.isEmpty)
        #expect(refused.said.contains("install it") && refused.said.split(separator: "\n").count == 1)
        let plain = try run(script, tenon: nil, next: 0)
        #expect(plain.status == 0 && plain.calls.count == 1 && plain.said == "")
    }

    @Test(arguments: after) func `without Tenon one line says that data may be behind`(script: GitHook) throws {
        let run = try run(script, tenon: nil, next: 0, artifacts: true)
        #expect(run.status == 0)
        #expect(run.calls.count == 1)
        #expect(run.said.split(separator: "\n").count == 1 && run.said.contains("tenon restore"))
        #expect(try self.run(script, tenon: nil, artifacts: false).said == "")
    }

    @Test func `Tenon is found in PATH where it is gone from its place`() throws {
        try withScratchDirectory { place in
            try writeProgram("#!/bin/sh\necho \"found $*\" >&2\n", to: place + "/tenon")
            let run = try run(.preCommit, tenon: nil, artifacts: true, ["PATH": "\(place):/usr/bin:/bin"])
            #expect(run.said == "found hook pre-commit\n")
        }
    }

    @Test func `an index that moved no file starts nothing but the other hook`() throws {
        #expect(try run(.postIndexChange, ["0", "0"], next: 0).calls == ["next [0] [0] <"])
        #expect(try run(.postIndexChange, ["0", "0"]).calls.isEmpty)
        #expect(try run(.postIndexChange, ["1", "0"], next: 0).calls.first == "tenon [hook] [post-index-change] [1] [0] <")
        #expect(try run(.postIndexChange, ["0", "1"]).calls.count == 1)
    }

    @Test(arguments: [
        (".git/index", 1), ("/r/.git/index", 1), ("/r/.git/index.stash.123", 0), ("/r/.git/next-index-9.lock", 0), ("/r/.git/index.lock", 0),
        ("/tmp/my-index", 0),
    ])
    func `a temporary index starts nothing`(file: String, calls: Int) throws {
        #expect(try run(.postIndexChange, ["1", "0"], ["GIT_INDEX_FILE": file]).calls.count == calls)
    }

    @Test(arguments: [GitHook.postCheckout, .postIndexChange])
    func `while the pre-commit framework has files rolled back, only the other hook runs`(script: GitHook) throws {
        let run = try run(script, ["1", "0"], next: 0, ["_PRE_COMMIT_SKIP_POST_CHECKOUT": "1"])
        #expect(run.calls == ["next [1] [0] <"])
    }

    @Test func `only moves of branches, tags and HEAD to a commit start Tenon in a transaction`() throws {
        let (a, b, none) = (String(repeating: "a", count: 40), String(repeating: "b", count: 40), String(repeating: "0", count: 40))
        func starts(_ lines: String, _ state: String = "prepared") throws -> Bool {
            let run = try run(.referenceTransaction, [state], input: lines)
            #expect(run.calls.isEmpty || run.calls == ["tenon [hook] [reference-transaction] [prepared] <\(lines)"])
            return !run.calls.isEmpty
        }
        #expect(try starts("\(a) \(b) refs/heads/main\n"))
        #expect(try starts("\(none) \(b) refs/tags/v1\n"))
        #expect(try starts("\(a) \(b) HEAD\n"))
        #expect(try starts("\(a) \(a) HEAD\n\(a) \(b) refs/heads/x\n"))
        #expect(try !starts("\(a) \(b) refs/heads/main\n", "committed"))
        #expect(try !starts("\(a) \(a) HEAD\n\(a) \(a) refs/heads/main\n"))
        #expect(try !starts("\(a) \(none) refs/heads/main\n"))
        #expect(try !starts("\(none) \(b) refs/remotes/origin/main\n\(a) \(b) refs/stash\n\(a) \(b) CHERRY_PICK_HEAD\n"))
        #expect(try !starts("\(none) ref:refs/heads/main HEAD\n"))
        #expect(try !starts(""))
    }

    @Test func `the other hook sees every state of a transaction, with its lines`() throws {
        let line = "\(String(repeating: "a", count: 40)) \(String(repeating: "b", count: 40)) refs/heads/main\n"
        #expect(try run(.referenceTransaction, ["committed"], input: line, next: 0).calls == ["next [committed] <\(line)"])
        #expect(try run(.referenceTransaction, ["prepared"], input: line, next: 0).calls.count == 2)
        #expect(try run(.referenceTransaction, ["prepared"], input: line, tenon: 1, next: 0).calls.count == 1)
        #expect(try run(.referenceTransaction, ["prepared"], input: line, tenon: 1, next: 0).status == 1)
    }
}
