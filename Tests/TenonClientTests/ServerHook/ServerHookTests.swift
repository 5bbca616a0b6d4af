import Foundation
import TenonCore
import TenonHooks
import TenonTesting
import Testing

@testable import TenonClient

/// The hook of a bare repository, installed and taken out of real ones, and its script run as Git runs it.
struct ServerHookTests {
    private func repository(_ base: String) throws -> ServerRepository {
        try ServerRepository(at: Array((base + "/hub.git").utf8), environment: environment(in: base))
    }

    private func install(_ base: String, program: String = "/nowhere/tenon") throws -> ServerHookPlan {
        let repository = try repository(base)
        let plan = try ServerHookPlan.installing(repository, program: program)
        try repository.execute(plan)
        return plan
    }

    private func uninstall(_ base: String) throws -> ServerHookPlan {
        let repository = try repository(base)
        let plan = ServerHookPlan.uninstalling(repository)
        try repository.execute(plan)
        return plan
    }

    private func withHub(_ body: (String, String) throws -> Void) throws {
        try withScratchDirectory { base in
            try git("init", "-q", "--bare", base + "/hub.git", in: base)
            try body(base, base + "/hub.git/hooks/pre-receive")
        }
    }

    private func state(_ base: String, program: String = "/nowhere/tenon") throws -> HookStanding.State {
        try repository(base).standing(program: program).state
    }

    private func text(_ path: String) -> String? { FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } }

    @Test func `It is installed once and taken out again`() throws {
        try withHub { base, hook in
            #expect(try state(base) == .missing)
            let plan = try install(base)
            #expect(plan.steps.count == 1)
            #expect(try state(base) == .installed)
            #expect(try install(base).steps.isEmpty)
            #expect(try state(base, program: "/elsewhere/tenon") == .outdated)
            #expect(try uninstall(base).steps.count == 1)
            #expect(text(hook) == nil)
            #expect(try uninstall(base).steps.isEmpty)
        }
    }

    @Test func `A hook that is there is kept, and one that is written over Tenon's is too`() throws {
        try withHub { base, hook in
            try writeProgram("#!/bin/sh\nexit 3\n", to: hook)
            #expect(try install(base).notes == ["a script was there and runs after Tenon"])
            #expect(text(hook + ".before-tenon") == "#!/bin/sh\nexit 3\n")
            #expect(try repository(base).standing(program: "/nowhere/tenon").nextAuthor == .script)
            // Another tool writes its own over both.
            try FileManager.default.removeItem(atPath: hook)
            try writeProgram("#!/bin/sh\nexit 4\n", to: hook)
            #expect(try state(base) == .replaced)
            #expect(try install(base).notes.count == 2)
            #expect(text(hook + ".before-tenon") == "#!/bin/sh\nexit 4\n" && text(hook + ".before-tenon.replaced") == "#!/bin/sh\nexit 3\n")
            _ = try uninstall(base)
            #expect(text(hook) == "#!/bin/sh\nexit 4\n")
        }
    }

    @Test func `A work tree, and hooks that others share, are refused`() throws {
        try withHub { base, _ in
            try git("init", "-q", base + "/work", in: base)
            #expect(throws: TenonError.self) { try ServerRepository(at: Array((base + "/work").utf8), environment: environment(in: base)) }
            #expect(throws: TenonError.self) { try ServerRepository(at: Array(base.utf8), environment: environment(in: base)) }
            try git("config", "core.hooksPath", base + "/shared", in: base + "/hub.git")
            let error = #expect(throws: TenonError.self) { try install(base) }
            #expect(error?.code == .conflict)
            try git("config", "core.hooksPath", "hooks", in: base + "/hub.git")
            #expect(try install(base).steps.count == 1)
        }
    }

    @Test func `The script gives both hooks the same input, and stops at the first that refuses`() throws {
        try withHub { base, hook in
            let tenon = base + "/it's tenon"
            try writeProgram("#!/bin/sh\necho \"$@\" >>'\(base)/ran'\ncat >>'\(base)/ran'\n[ ! -e '\(base)/no' ]\n", to: tenon)
            try writeProgram("#!/bin/sh\necho next >>'\(base)/ran'\ncat >>'\(base)/ran'\nexit 5\n", to: hook)
            _ = try install(base, program: tenon)
            func run(path: String = "/usr/bin:/bin") throws -> Int32 {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/bin/sh")
                process.arguments = ["-c", "printf 'a b refs/x\\n\\n' | hooks/pre-receive"]
                process.currentDirectoryURL = URL(fileURLWithPath: base + "/hub.git")
                process.environment = ["PATH": path]
                process.standardError = FileHandle.nullDevice
                try process.run()
                process.waitUntilExit()
                return process.terminationStatus
            }
            #expect(try run() == 5)
            #expect(text(base + "/ran") == "server-hook pre-receive\na b refs/x\n\nnext\na b refs/x\n\n")
            try FileManager.default.removeItem(atPath: base + "/ran")
            try "".write(toFile: base + "/no", atomically: true, encoding: .utf8)
            #expect(try run() == 1)
            #expect(text(base + "/ran") == "server-hook pre-receive\na b refs/x\n\n")
            // Without Tenon nothing gets in.
            try FileManager.default.removeItem(atPath: tenon)
            #expect(try run() == 1)
        }
    }
}
