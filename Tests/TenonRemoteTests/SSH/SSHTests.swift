import Foundation
import TenonCore
import TenonTesting
import Testing

@testable import TenonRemote

@Suite("Remotes over SSH")
struct SSHTests {
    private func failure(_ body: () async throws -> Void) async -> TenonError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? TenonError
        }
    }

    /// Where `ssh` is a script, which gets ssh's arguments.
    private func environment(ssh script: String, in directory: String, _ variables: [String: String] = [:]) throws -> RemoteEnvironment {
        try writeProgram("#!/bin/sh\n\(script)\n", to: directory + "/ssh")
        return RemoteEnvironment(variables.merging(["PATH": "\(directory):/usr/bin:/bin", "HOME": directory, "SCRATCH": directory]) { $1 })
    }

    /// A remote whose `ssh` is a script, which gets ssh's arguments.
    private func withScript(_ script: String, _ variables: [String: String] = [:], _ body: (Remote, String) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            let environment = try environment(ssh: script, in: directory, variables)
            var policy = RetryPolicy.forTests
            policy.attempts = 2
            let place = SSHLocation(user: "me", host: "host", port: 22, path: "/data")
            let remote = Remote(SSHStorage(place, settings: SSHSettings(), environment: environment), policy: policy)
            try await body(remote, directory)
            await remote.close()
        }
    }

    /// As if SSH had run the command: its last argument, by a shell.
    private static let local = "for last; do :; done; exec /bin/sh -c \"$last\""

    @Test("The command line is that of the user's own ssh")
    func commandLine() throws {
        let place = SSHLocation(user: "me", host: "host", port: 2222, path: "/a 'b'")
        let plain = try SSHCommand(place, SSHSettings(), RemoteEnvironment(["PATH": "/usr/bin"]))
        #expect(plain.executable == "/usr/bin/ssh")
        #expect(plain.arguments.starts(with: ["ssh", "-o", "BatchMode=yes"]))
        #expect(Array(plain.arguments.dropLast().suffix(3)) == ["-p", "2222", "me@host"])
        #expect(plain.arguments.last?.contains("serve --stdio") == true)
        let asking = try SSHCommand(place, SSHSettings(), RemoteEnvironment(["PATH": "/usr/bin", "SSH_ASKPASS": "/usr/bin/ask"]))
        #expect(!asking.arguments.contains("BatchMode=yes"))
        let configured = try SSHCommand(place, SSHSettings(command: "ssh -v"), RemoteEnvironment(["GIT_SSH": "/bin/other"]))
        #expect(configured.arguments.starts(with: ["sh", "-c", "ssh -v \"$@\""]))
        let environment = try SSHCommand(place, SSHSettings(command: "ssh -v"), RemoteEnvironment(["GIT_SSH_COMMAND": "ssh -q"]))
        #expect(environment.arguments[2] == "ssh -q \"$@\"")
        #expect(try SSHCommand(place, SSHSettings(), RemoteEnvironment(["GIT_SSH": "/bin/other"])).executable == "/bin/other")
        #expect(throws: TenonError.self) { try SSHCommand(place, SSHSettings(), RemoteEnvironment(["PATH": "/nonexistent"])) }
    }

    @Test(
        "What ssh says becomes an error with a remedy",
        arguments: [
            ("echo 'me@host: Permission denied (publickey).' >&2; exit 255", TenonError.Code.permission, "ssh-add"),
            ("echo 'Host key verification failed.' >&2; exit 255", .permission, "by hand"),
            ("echo 'ssh: connect to host host port 22: Connection refused' >&2; exit 255", .remote, "network"),
            ("echo 'sh: tenon: command not found' >&2; exit 127", .notFound, "install Tenon"), ("exit 1", .remote, "tenon --version"),
            ("echo Welcome to this machine; exit 0", .remote, "login scripts"), ("printf x; exit 0", .remote, "login scripts"),
        ])
    func errors(_ script: String, _ code: TenonError.Code, _ hint: String) async throws {
        try await withScript(script) { remote, _ in
            let error = await failure { _ = try await remote.page(.all) }
            #expect(error?.code == code, "\(String(describing: error))")
            #expect(error?.hint?.contains(hint) == true, "\(String(describing: error))")
        }
    }

    @Test("A server of another version is refused with both versions")
    func version() async throws {
        try await withScript("printf '\\211TENON1\\n\\002\\000\\003\\000'; cat >/dev/null") { remote, _ in
            let error = await failure { _ = try await remote.page(.all) }
            #expect(error?.code == .unsupportedVersion)
            #expect(error?.cause?.contains("2 to 3") == true)
        }
    }

    @Test(
        "A frame that is too long, or of no kind, ends the connection",
        arguments: ["\\377\\377\\377\\377", "\\005\\000\\000\\000\\377\\001\\000\\000\\000", "\\001\\000\\000\\000\\001"])
    func badFrames(_ bytes: String) async throws {
        try await withScript("printf '\\211TENON1\\n\\001\\000\\001\\000\(bytes)'; cat >/dev/null") { remote, _ in
            #expect(await failure { _ = try await remote.page(.all) } != nil)
        }
    }

    @Test("A connection that is lost is opened anew, and a read goes on", .enabled(if: SSHServer.isInstalled, SSHServer.whenMissing))
    func reconnecting() async throws {
        // The first connection ends in the middle of the object.
        let script = """
            for last; do :; done
            if [ -e "$SCRATCH/second" ]; then exec /bin/sh -c "$last"; fi
            touch "$SCRATCH/second"
            /bin/sh -c "$last" | head -c 700000
            """
        try await withScratchDirectory { directory in
            let bytes = seededBytes(3_000_000)
            let name = try ObjectName("packs/one")
            let local = Remote(try DirectoryStorage(path: directory), policy: .forTests)
            _ = try await local.create(name, ObjectBody(bytes: bytes))
            let environment = try environment(ssh: script, in: directory)
            let place = SSHLocation(user: nil, host: "host", port: nil, path: directory)
            let storage = SSHStorage(place, settings: SSHSettings(remoteProgram: SSHServer.tenon), environment: environment)
            let remote = Remote(storage, policy: .forTests)
            let read = try await remote.bytes(of: name, .whole, limit: 4_000_000)
            #expect(read.bytes == bytes)
            await remote.close()
        }
    }

    @Test("A reader that takes its time holds up nobody else", .enabled(if: SSHServer.isInstalled, SSHServer.whenMissing))
    func slowReader() async throws {
        struct WaitingSink: ByteSink {
            let started: AsyncStream<Void>.Continuation
            let gate: AsyncStream<Void>
            func write(_ bytes: [UInt8]) async throws {
                started.yield()
                for await _ in gate { break }
            }
        }
        try await StorageKind.ssh.withRemote { remote in
            let large = try ObjectName("large")
            let small = try ObjectName("small")
            _ = try await remote.create(large, ObjectBody(bytes: seededBytes(8_000_000)))
            _ = try await remote.create(small, bytes: [1])
            let (started, startedContinuation) = AsyncStream<Void>.makeStream()
            let (gate, gateContinuation) = AsyncStream<Void>.makeStream()
            async let slow = remote.read(large, into: WaitingSink(started: startedContinuation, gate: gate))
            for await _ in started { break }
            for _ in 0..<20 {
                let found = try await remote.contents(of: small, limit: 10)
                #expect(found?.bytes == [1])
            }
            gateContinuation.finish()
            let slice = try await slow
            #expect(slice.range == 0..<8_000_000)
        }
    }

    @Test("A host that ends while bytes are sent leaves nothing half there", .enabled(if: SSHServer.isInstalled, SSHServer.whenMissing))
    func cutUpload() async throws {
        try await withScratchDirectory { directory in
            let script = "for last; do :; done\nhead -c 500000 | /bin/sh -c \"$last\""
            let environment = try environment(ssh: script, in: directory)
            let place = SSHLocation(user: nil, host: "host", port: nil, path: directory)
            var policy = RetryPolicy.forTests
            policy.attempts = 2
            let storage = SSHStorage(place, settings: SSHSettings(remoteProgram: SSHServer.tenon), environment: environment)
            let remote = Remote(storage, policy: policy)
            let name = try ObjectName("one")
            #expect(await failure { _ = try await remote.create(name, ObjectBody(bytes: seededBytes(2_000_000))) } != nil)
            await remote.close()
            let local = Remote(try DirectoryStorage(path: directory), policy: .forTests)
            let left = try await local.head(name)
            #expect(left == nil)
        }
    }

    @Test("A host that takes no more bytes is given up after the stall time", .timeLimit(.minutes(2)))
    func fullConnection() async throws {
        try await withScratchDirectory { directory in
            let environment = try environment(ssh: "printf '\\211TENON1\\n\\001\\000\\001\\000'; exec sleep 3600", in: directory)
            let place = SSHLocation(user: nil, host: "host", port: nil, path: directory)
            var policy = RetryPolicy.forTests
            policy.attempts = 2
            policy.stall = .milliseconds(200)
            let remote = Remote(SSHStorage(place, settings: SSHSettings(), environment: environment), policy: policy)
            let name = try ObjectName("one")
            let error = await failure { _ = try await remote.create(name, ObjectBody(bytes: seededBytes(4_000_000))) }
            #expect(error?.code == .remote && error?.cause?.contains("nothing has come") == true, "\(String(describing: error))")
            await remote.close()
        }
    }

    @Test("Who is called off while ssh does not answer goes on at once, and nothing of it is left", .timeLimit(.minutes(2)))
    func callingOff() async throws {
        // Hears neither the end of its input nor a friendly signal, as where a host takes no connection. Someone outside its group waits until
        // the other ends of its input and its errors are closed.
        let script = """
            exec 3<&0
            trap '' PIPE
            setsid sh -c 'cat <&3 >&2; while printf x >&2; do sleep 0.05; done; echo >"$SCRATCH/closed"' &
            exec 3<&-
            trap '' TERM HUP
            echo $$ >"$SCRATCH/pid"
            while :; do sleep 1; done
            """
        try await withScript(script) { remote, directory in
            func started() async throws -> pid_t {
                while true {
                    let text = try? String(contentsOfFile: directory + "/pid", encoding: .utf8)
                    if let pid = text.flatMap({ pid_t($0.dropLast()) }) { return pid }
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            let two = [0, 1].map { _ in Task { await failure { _ = try await remote.page(.all) } } }
            let pid = try await started()
            try await Task.sleep(for: .milliseconds(200))
            let start = ContinuousClock.now
            two[0].cancel()
            _ = await two[0].value
            // The other still waits for it.
            #expect(kill(pid, 0) == 0)
            two[1].cancel()
            _ = await two[1].value
            await remote.close()
            #expect(ContinuousClock.now - start < .seconds(2))
            #expect(kill(pid, 0) != 0)
            while !FileManager.default.fileExists(atPath: directory + "/closed") { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    @Test("Waiting for the end of ssh holds up nobody who takes what it says", .timeLimit(.minutes(2)))
    func waitingForEnd() async throws {
        try await withScratchDirectory { directory in
            let environment = try environment(ssh: "exec cat", in: directory)
            let place = SSHLocation(user: nil, host: "host", port: nil, path: directory)
            let process = try SSHProcess(try SSHCommand(place, SSHSettings(), environment), environment)
            let input = process.release(process.input)
            let statuses = await withTaskGroup(of: Int32?.self) { group in
                for _ in 0..<2 { group.addTask { await process.end().status } }
                // One of them waits. The other has nothing to wait for; the program ends, by itself, only after it has come.
                var statuses = [await group.next() ?? nil]
                close(input)
                statuses.append(await group.next() ?? nil)
                return statuses
            }
            #expect(statuses == [nil, 0])
        }
    }

    @Test("A key that is refused is said, with the remedy", .enabled(if: SSHServer.isInstalled, SSHServer.whenMissing))
    func refusedKey() async throws {
        let access = try await SSHServer.shared.access()
        let place = SSHLocation(user: "nobody", host: "there", port: nil, path: "/data")
        let remote = Remote(SSHStorage(place, settings: SSHSettings(), environment: access.environment), policy: .forTests)
        let error = await failure { _ = try await remote.page(.all) }
        #expect(error?.code == .permission && error?.hint?.contains("ssh-add") == true, "\(String(describing: error))")
        await remote.close()
    }

    @Test("A host whose key is not known is not spoken to", .enabled(if: SSHServer.isInstalled, SSHServer.whenMissing))
    func unknownHost() async throws {
        let access = try await SSHServer.shared.access()
        let place = SSHLocation(user: nil, host: "localhost", port: access.port, path: "/data")
        let remote = Remote(SSHStorage(place, settings: SSHSettings(), environment: access.environment), policy: .forTests)
        let error = await failure { _ = try await remote.page(.all) }
        #expect(error?.code == .permission && error?.hint?.contains("host's key") == true, "\(String(describing: error))")
        await remote.close()
    }
}
