import Foundation
import TenonAPI
import TenonCore
import TenonTesting
import Testing

@testable import TenonClient

/// Starting a daemon, with shell scripts in its place.
struct DaemonLauncherTests {
    private func launch(_ script: String, in base: String, timeout: Duration = .seconds(20)) throws {
        let program = base + "/daemon.sh"
        try writeProgram("#!/bin/sh\n\(script)\n", to: program)
        let launcher = DaemonLauncher(
            home: StoreHome(path: base + "/store"), environment: environment(in: base, ["TENON_X": "1", "SECRET": "1"]), program: program,
            timeout: timeout)
        try launcher.alone { try launcher.start() }
    }

    @Test func `a start ends with the line that says ready`() throws {
        try withScratchDirectory { base in
            try launch("echo ready >&3", in: base)
            let attributes = try FileManager.default.attributesOfItem(atPath: base + "/store")
            #expect(attributes[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test func `the daemon gets a few variables and no descriptors of ours`() throws {
        try withScratchDirectory { base in
            try launch(
                "env > '\(base)/env'; ls /proc/$$/fd > '\(base)/fds'; ps -o sid= -p $$ > '\(base)/sid'; echo $$ > '\(base)/pid'; echo ready >&3",
                in: base)
            let names = try String(contentsOfFile: base + "/env", encoding: .utf8).split(separator: "\n").map { $0.prefix { $0 != "=" } }
            #expect(Set(names).isSubset(of: ["HOME", "PATH", "TENON_X", "TENON_READY_FD", "MALLOC_ARENA_MAX", "PWD", "SHLVL", "_", "OLDPWD"]))
            // 10 and above are the shell's own.
            let descriptors = try String(contentsOfFile: base + "/fds", encoding: .utf8).split(separator: "\n").compactMap { Int($0) }.filter {
                $0 < 10
            }
            #expect(Set(descriptors).isSubset(of: [0, 1, 2, 3]))
        }
    }

    @Test func `what the daemon says went wrong is thrown`() throws {
        try withScratchDirectory { base in
            let error = #expect(throws: TenonError.self) {
                try launch(#"echo '{"code":"permission","message":"no","cause":"because"}' >&3"#, in: base)
            }
            #expect(error == TenonError(.permission, "no", cause: "because"))
        }
    }

    @Test func `a daemon that ends or says nothing is a failure with the end of its log`() throws {
        try withScratchDirectory { base in
            let ended = #expect(throws: TenonError.self) {
                try launch(
                    "mkdir -p ~/.local/state/tenon; echo first > ~/.local/state/tenon/tenond.log; echo last >> ~/.local/state/tenon/tenond.log",
                    in: base)
            }
            #expect(ended?.code == .noDaemon)
            #expect(ended?.cause?.contains("last") == true)
            let silent = #expect(throws: TenonError.self) { try launch("exec sleep 2", in: base, timeout: .milliseconds(200)) }
            #expect(silent?.cause?.contains("not ready") == true)
        }
    }

    @Test func `a program that is not there is named`() throws {
        try withScratchDirectory { base in
            let launcher = DaemonLauncher(
                home: StoreHome(path: base), environment: environment(in: base), program: base + "/none", timeout: .seconds(1))
            let error = #expect(throws: TenonError.self) { try launcher.start() }
            #expect(error?.code == .noDaemon)
        }
    }

    @Test func `a store that others may write to is refused`() throws {
        try withScratchDirectory { base in
            let store = base + "/store"
            try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: false)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: store)
            let client = DaemonClient(storePath: store, environment: environment(in: base))
            let error = #expect(throws: TenonError.self) { try client.daemonInfo() }
            #expect(error?.code == .permission)
        }
    }

    @Test func `without leave to start one, no daemon is an error`() throws {
        try withScratchDirectory { base in
            var options = DaemonClient.Options()
            options.startsDaemon = false
            let client = DaemonClient(storePath: base + "/store", environment: environment(in: base), options: options)
            let error = #expect(throws: TenonError.self) { try client.call(StoreRequest()) }
            #expect(error?.code == .noDaemon)
            #expect(!FileManager.default.fileExists(atPath: base + "/store"))
            let wasThere = try client.stopDaemon()
            #expect(!wasThere)
        }
    }
}
