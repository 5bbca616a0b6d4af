import Foundation
import TenonCore
import Testing

@testable import TenonRemote

/// An OpenSSH server of the tests' own on a loopback port, with a key of its own: one for all tests of a run, gone with the process.
actor SSHServer {
    static let shared = SSHServer()

    private static let program = "/usr/sbin/sshd"
    /// Built together with the tests.
    static let tenon = URL(fileURLWithPath: #filePath + "/../../../../.build/debug/tenon").standardizedFileURL.path

    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) && FileManager.default.isExecutableFile(atPath: tenon) }
    static let whenMissing: Comment = "OpenSSH's server is not installed: run Scripts/test-servers.sh"

    struct Access: Sendable {
        var port: Int
        var environment: RemoteEnvironment
        var directory: String
    }

    private var starting: Task<Access, any Error>?

    func access() async throws -> Access {
        let task = starting ?? Task { try await SSHServer.start() }
        starting = task
        return try await task.value
    }

    private static func start() async throws -> Access {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tenon-sshd-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for name in ["host", "user"] { try run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(directory)/\(name)"]) }
        // sshd wants this directory when root runs it.
        if getuid() == 0 { try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true) }
        let port = try freePort()
        let user = NSUserName()
        func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)")) }
        try write(
            "sshd_config",
            """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(directory)/host
            AuthorizedKeysFile \(directory)/user.pub
            StrictModes no
            UsePAM no
            PidFile none
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password
            MaxStartups 100

            """)
        try write(
            "ssh_config",
            """
            Host there
                HostName 127.0.0.1
                Port \(port)
                User \(user)
                IdentityFile \(directory)/user
            Host *
                IdentitiesOnly yes
                UserKnownHostsFile \(directory)/known_hosts
                GlobalKnownHostsFile /dev/null
                StrictHostKeyChecking yes

            """)
        let key = try String(contentsOfFile: "\(directory)/host.pub", encoding: .utf8)
        try write("known_hosts", "[127.0.0.1]:\(port) \(key)")

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // Ends with this process, however that ends: the shell's input is then at its end.
        process.arguments = [
            "-c",
            "\(program) -D -f '\(directory)/sshd_config' -E '\(directory)/log' & server=$!; read line; kill $server; wait; rm -rf '\(directory)'",
        ]
        process.standardInput = lifeline
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let deadline = ContinuousClock.now + .seconds(30)
        while !isListening(port) {
            guard ContinuousClock.now < deadline else {
                throw TenonError(.io, "sshd does not start", cause: (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return Access(
            port: port,
            environment: RemoteEnvironment(["GIT_SSH_COMMAND": "ssh -F '\(directory)/ssh_config'", "HOME": directory, "PATH": "/usr/bin:/bin"]),
            directory: directory)
    }

    private static let lifeline = Pipe()

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = try Process.run(URL(fileURLWithPath: program), arguments: arguments)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw TenonError(.io, "\(program) failed") }
    }

    private static func withAddress(_ port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    private static func isListening(_ port: Int) -> Bool { withAddress(port) { connect($0, $1, $2) } == 0 }

    private static func freePort() throws -> Int {
        while true {
            let port = Int.random(in: 21_000..<31_000)
            if withAddress(port, { bind($0, $1, $2) }) == 0 { return port }
        }
    }
}
