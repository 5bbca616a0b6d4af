import Glibc
import TenonCore
import Testing

@testable import TenonGit

@Suite struct GitProcessTests {
    private func process(_ fixture: GitFixture, _ caller: [String: String] = [:]) throws -> GitProcess {
        GitProcess(directory: bytes(fixture.root), environment: try GitEnvironment(caller: GitFixture.caller.merging(caller) { $1 }))
    }

    /// Runs a shell command through `git`, to see what a child of it sees.
    private func shell(_ command: String) -> [GitArgument] { ["-c", "alias.x=!\(command)", "x"] }

    @Test func theEnvironmentHoldsWhatIsListedAndNothingElse() throws {
        let fixture = try GitFixture()
        let caller = [
            "GIT_INDEX_FILE": "/abs/index", "GIT_WORK_TREE": "/no", "GIT_CONFIG_KEY_0x": "no", "LD_PRELOAD": "no", "GIT_SSH_COMMAND": "ssh -i key",
        ]
        let outcome = try process(fixture, caller).run(shell("env"))
        let names = Set(
            outcome.output.split(separator: 0x0A).compactMap {
                $0.split(separator: UInt8(ascii: "=")).first.map { String(decoding: $0, as: UTF8.self) }
            })
        #expect(names.isSuperset(of: ["HOME", "PATH", "LANG", "GIT_TERMINAL_PROMPT", "GIT_INDEX_FILE", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL"]))
        #expect(names.isDisjoint(with: ["SECRET", "GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE", "GIT_CONFIG_KEY_0x", "LD_PRELOAD"]))
    }

    @Test func aChildInheritsNoDescriptor() throws {
        let fixture = try GitFixture()
        let leak = Glibc.open("/dev/null", O_RDONLY)
        defer { close(leak) }
        let outcome = try process(fixture).run(shell("ls -l /proc/self/fd"))
        #expect(!outcome.output.isEmpty && !String(decoding: outcome.output, as: UTF8.self).contains("/dev/null"))
    }

    @Test func megabytesGoBothWaysWithoutWaitingForEachOther() throws {
        let fixture = try GitFixture()
        let input = [UInt8](repeating: 0x61, count: 8 << 20)
        let outcome = try process(fixture).run(shell("cat; echo done >&2"), input: input)
        #expect(outcome.status == 0 && outcome.output == input && outcome.errorText == "done\n")
    }

    @Test func aCommandThatReadsNothingIsNoError() throws {
        let fixture = try GitFixture()
        let outcome = try process(fixture).run(shell("exit 3; true"), input: [UInt8](repeating: 0, count: 4 << 20))
        #expect(outcome.status == 3)
    }

    @Test func tooMuchOutputAndTooMuchTimeEndIt() throws {
        let fixture = try GitFixture()
        #expect { try process(fixture).run(shell("yes"), outputLimit: 100_000) } throws: { ($0 as? TenonError)?.code == .io }
        let start = ContinuousClock.now
        #expect { try process(fixture).run(shell("sleep 30"), timeout: .milliseconds(300)) } throws: { "\($0)".contains("longer than") }
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test func whatGitLeavesRunningIsNotWaitedFor() throws {
        let fixture = try GitFixture()
        let start = ContinuousClock.now
        let outcome = try process(fixture).run(shell("sleep 20 & echo started"))
        #expect(String(decoding: outcome.output, as: UTF8.self) == "started\n")
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test func aSignalIsToldAsTheShellTellsIt() throws {
        let fixture = try GitFixture()
        let child = try GitFixture.run("/bin/sh", ["-c", "exit 0"], [])
        #expect(child.isEmpty)
        #expect(try process(fixture).run(["rev-parse", "--git-dir"]).status == 128)
        #expect { try process(fixture).succeed(["rev-parse", "--git-dir"]) } throws: { ($0 as? TenonError)?.code == .notARepository }
        #expect { try process(fixture).run([GitArgument(bytes: [0])]) } throws: { ($0 as? TenonError)?.code == .invalidArgument }
    }
}
