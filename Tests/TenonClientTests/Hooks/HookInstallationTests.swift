import Foundation
import TenonCore
import TenonHooks
import Testing

@testable import TenonClient

/// Plans carried out in real repositories.
struct HookInstallationTests {
    private struct Entry: Equatable {
        var mode: Int
        var bytes: Data
        var link: String?
    }

    private func entries(_ directory: String) throws -> [String: Entry] {
        var found: [String: Entry] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            let path = "\(directory)/\(name)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType != .typeDirectory else { continue }
            found[name] = Entry(
                mode: attributes[.posixPermissions] as? Int ?? 0, bytes: FileManager.default.contents(atPath: path) ?? Data(),
                link: try? FileManager.default.destinationOfSymbolicLink(atPath: path))
        }
        return found
    }

    private func write(_ text: String, to path: String, mode: Int = 0o755) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode]))
    }

    private func survey(_ directory: String) throws -> HookSurvey {
        let there = environment(in: directory)
        return try HookSurvey.read(WorkTreeDiscovery(environment: there).find(), environment: there)
    }

    private func install(_ directory: String) throws -> HookPlan {
        let plan = try HookPlan.installing(try survey(directory), program: "/nowhere/tenon")
        try plan.execute(environment: environment(in: directory), topLevel: directory)
        return plan
    }

    private func uninstall(_ directory: String) throws {
        try HookPlan.uninstalling(try survey(directory)).execute(environment: environment(in: directory), topLevel: directory)
    }

    private func states(_ directory: String) throws -> Set<HookStanding.State> {
        let survey = try survey(directory)
        return Set(survey.standings(try? HookPlan.installing(survey, program: "/nowhere/tenon")).map(\.state))
    }

    @Test func `what was there is back byte for byte, mode and link included`() throws {
        try withScratchDirectory { base in
            try git("init", "-q", base, in: base)
            let hooks = base + "/.git/hooks"
            try write("#!/bin/sh\nexit 3\n", to: hooks + "/pre-commit", mode: 0o751)
            try write("not executable\r\n", to: hooks + "/post-merge", mode: 0o640)
            try write("#!/bin/sh\n", to: base + "/shared", mode: 0o755)
            try FileManager.default.createSymbolicLink(atPath: hooks + "/pre-push", withDestinationPath: "../../shared")
            try FileManager.default.createSymbolicLink(atPath: hooks + "/post-commit", withDestinationPath: "dangling")
            let before = try entries(base + "/.git")
            #expect(try states(base) == [.missing])
            #expect(try !install(base).isEmpty)
            #expect(try states(base) == [.installed])
            #expect(try install(base).isEmpty)
            #expect(try entries(hooks)["pre-commit.before-tenon"] == before["hooks/pre-commit"])
            try uninstall(base)
            #expect(try entries(base + "/.git") == before)
            #expect(try HookPlan.uninstalling(survey(base)).isEmpty)
        }
    }

    @Test(arguments: [".husky/_", "/global"]) func `others' directories of hooks are left alone, and lead on`(path: String) throws {
        try withScratchDirectory { base in
            let repository = base + "/r"
            try git("init", "-q", repository, in: base)
            let value = path.hasPrefix("/") ? base + path : path
            let directory = path.hasPrefix("/") ? value : "\(repository)/\(value)"
            try write("#!/bin/sh\necho \"$0\" >>'\(base)/ran'\n", to: directory + "/pre-commit")
            try write("#!/bin/sh\necho \"$0\" >>'\(base)/ran'\n", to: directory + "/commit-msg")
            try git("config", "core.hooksPath", value, in: repository)
            let before = (try entries(directory), try entries(repository + "/.git"))
            _ = try install(repository)
            #expect(try states(repository) == [.installed])
            #expect(try install(repository).isEmpty)
            #expect(try entries(directory) == before.0)
            // The owner of the setting makes it again.
            try git("config", "core.hooksPath", value, in: repository)
            #expect(try states(repository) == [.installed])
            try git("commit", "-q", "--allow-empty", "-m", "x", in: repository)
            #expect(try String(contentsOfFile: base + "/ran", encoding: .utf8) == "\(value)/pre-commit\n\(value)/commit-msg\n")
            // From a linked work tree as well, where a relative directory is another one.
            try git("worktree", "add", "-q", base + "/linked", in: repository)
            #expect(try git("rev-parse", "--git-path", "hooks", in: base + "/linked") == repository + "/.git/tenon/hooks")
            #expect(try states(base + "/linked") == [.installed])
            try git("worktree", "remove", base + "/linked", in: repository)
            try uninstall(repository)
            #expect(try git("rev-parse", "--git-path", "hooks", in: repository) == value)
            #expect(try entries(repository + "/.git").filter { $0.key.hasPrefix("tenon/") }.isEmpty)
            #expect(try entries(repository + "/.git")["config"] == before.1["config"])
        }
    }

    @Test func `hooks in another directory of the same Git directory are that repository's own`() throws {
        try withScratchDirectory { base in
            try git("init", "-q", base, in: base)
            try git("config", "core.hooksPath", base + "/.git/hooks", in: base)
            _ = try install(base)
            #expect(try survey(base).installed == .files)
        }
    }

    @Test func `a directory of hooks that is a link into the work tree is not written to`() throws {
        try withScratchDirectory { base in
            try git("init", "-q", base, in: base)
            try FileManager.default.removeItem(atPath: base + "/.git/hooks")
            try write("#!/bin/sh\nexit 5\n", to: base + "/tools/pre-commit")
            try FileManager.default.createSymbolicLink(atPath: base + "/.git/hooks", withDestinationPath: "../tools")
            _ = try install(base)
            #expect(try entries(base + "/tools").keys.sorted() == ["pre-commit"])
            #expect(try states(base) == [.installed])
            #expect(throws: Failed.self) { try git("commit", "-q", "--allow-empty", "-m", "x", in: base) }
        }
    }

    @Test func `a submodule's hooks lie with its own Git directory`() throws {
        try withScratchDirectory { base in
            for name in ["inner", "outer"] {
                try git("init", "-q", "\(base)/\(name)", in: base)
                try git("commit", "-q", "--allow-empty", "-m", "x", in: "\(base)/\(name)")
            }
            try git("-c", "protocol.file.allow=always", "submodule", "add", "-q", base + "/inner", "sub", in: base + "/outer")
            _ = try install(base + "/outer/sub")
            #expect(FileManager.default.isExecutableFile(atPath: base + "/outer/.git/modules/sub/hooks/pre-commit"))
            #expect(!FileManager.default.fileExists(atPath: base + "/outer/.git/hooks/pre-commit"))
            #expect(try states(base + "/outer/sub") == [.installed])
        }
    }

    @Test func `a directory that can't be written to is said to be so`() throws {
        try withScratchDirectory { base in
            try git("init", "-q", base, in: base)
            // Nothing can be made below a file, whoever asks.
            try FileManager.default.removeItem(atPath: base + "/.git/hooks")
            try write("", to: base + "/.git/hooks", mode: 0o644)
            let error = #expect(throws: TenonError.self) { _ = try install(base) }
            #expect(error?.message == "the hooks could not be changed")
        }
    }

    /// There is no such Git here: what it would be told is run by hand.
    @Test func `a hook of the configuration finds its script, also after the repository was moved`() throws {
        try withScratchDirectory { base in
            let repository = base + "/it's \"here\""
            try git("init", "-q", repository, in: base)
            var survey = try survey(repository)
            survey.git = .configuredHooks
            let plan = try HookPlan.installing(survey, program: base + "/tenon")
            try plan.execute(environment: environment(in: repository), topLevel: repository)
            #expect(try git("config", "--get-all", "hook.tenon-post-commit.event", in: repository) == "post-commit")
            let moved = base + "/moved"
            for place in [repository, moved] {
                if place == moved { try FileManager.default.moveItem(atPath: repository, toPath: moved) }
                let command = try git("config", "hook.tenon-pre-commit.command", in: place)
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/sh")
                // run-command.c hands the arguments on this way.
                process.arguments = ["-c", command + " \"$@\"", command, "an argument"]
                process.currentDirectoryURL = URL(fileURLWithPath: place)
                process.environment = environment(in: place, ["PATH": "/usr/bin:/bin"]).variables
                try process.run()
                process.waitUntilExit()
                // There is no tenon and no artifact.
                #expect(process.terminationStatus == 0)
                try write("x", to: place + "/a.tenon", mode: 0o644)
                try git("add", "a.tenon", in: place)
                let refused = Process()
                refused.executableURL = process.executableURL
                refused.arguments = process.arguments
                refused.currentDirectoryURL = process.currentDirectoryURL
                refused.environment = process.environment
                refused.standardError = Pipe()
                try refused.run()
                refused.waitUntilExit()
                #expect(refused.terminationStatus == 1)
                try git("rm", "-q", "--cached", "a.tenon", in: place)
            }
        }
    }
}
