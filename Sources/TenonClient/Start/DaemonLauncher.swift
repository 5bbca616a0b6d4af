import Glibc
import TenonAPI
import TenonCore

/// Starts the daemon of a store and waits until it is ready.
///
/// The daemon gets a session of its own, no descriptor of ours but the readiness pipe, and an environment of a few names: started from a Git
/// hook it would else keep `GIT_INDEX_FILE`, which makes other repositories look deleted, and the pipe that `out=$(git commit)` waits on.
struct DaemonLauncher {
    let home: StoreHome
    let environment: ClientEnvironment
    /// The daemon's program; `nil`: `tenond` beside this program, else in `PATH`.
    let program: String?
    /// How long a start may take.
    let timeout: Duration

    /// The descriptor of the readiness pipe in the daemon.
    private static let readyDescriptor: CInt = 3
    static let readyVariable = "TENON_READY_FD"

    /// Runs `body` while no other client starts a daemon of this store. `body` should look first whether one is there by now.
    func alone<Result>(_ body: () throws -> Result) throws -> Result {
        try home.create()
        try home.checkOwner()
        let descriptor = open(home.spawnLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw TenonError(.io, "the daemon can't be started", cause: "'\(displayName(home.spawnLock.utf8))': \(reason(errno))")
        }
        defer { close(descriptor) }
        // Whoever holds it waits for a start of its own, so it comes free in about the same time.
        let deadline = monotonicMilliseconds() + 2 * timeout.milliseconds
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw TenonError(.io, "the daemon can't be started", cause: reason(errno))
            }
            guard monotonicMilliseconds() < deadline else {
                throw TenonError(.noDaemon, "the daemon can't be started", cause: "another client is starting it and does not come to an end")
            }
            usleep(5_000)
        }
        return try body()
    }

    /// Starts a daemon and returns when it answers. Throws what the daemon says went wrong.
    func start() throws {
        let program = program ?? environment.daemonProgram
        let ends = try makePipe()
        defer { close(ends.reading) }
        let child = ChildProcess(
            program: program, arguments: [Array("--home".utf8), Array(home.path.utf8)],
            environment: DaemonLauncher.daemonEnvironment(environment.variables),
            redirections: [(DaemonLauncher.readyDescriptor, .descriptor(ends.writing)), (0, .null), (1, .null), (2, .null)], closesOthers: true,
            startsSession: true)
        // A descriptor that is its own target already would keep its close-on-exec flag.
        if ends.writing == DaemonLauncher.readyDescriptor { _ = fcntl(ends.writing, F_SETFD, 0) }
        let process: pid_t
        do {
            defer { close(ends.writing) }
            process = try child.start()
        } catch {
            throw TenonError(.noDaemon, "the daemon can't be started", cause: error.description, hint: "install tenond beside tenon, or in PATH")
        }
        switch readiness(ends.reading) {
        case "ready": return
        case let report?: throw decodedFailure(report)
        case nil: throw silence(process)
        }
    }

    /// `HOME PATH LANG XDG_* TENON_*`, the readiness descriptor, and what bounds the allocator's arenas.
    static func daemonEnvironment(_ variables: [String: String]) -> [[UInt8]] {
        var result = variables.filter { name, _ in
            ["HOME", "PATH", "LANG"].contains(name) || name.hasPrefix("XDG_") || name.hasPrefix("TENON_")
        }
        result[readyVariable] = "\(readyDescriptor)"
        result["MALLOC_ARENA_MAX"] = "2"
        return ClientEnvironment(variables: result, directory: []).list
    }

    /// The line that the daemon writes when it is ready or has failed; `nil` if it ended or took too long.
    private func readiness(_ descriptor: CInt) -> String? {
        let deadline = monotonicMilliseconds() + timeout.milliseconds
        var line: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while line.count < 64 << 10 {
            let left = deadline - monotonicMilliseconds()
            guard left > 0 else { return nil }
            var waiting = pollfd(fd: descriptor, events: CShort(POLLIN), revents: 0)
            guard retryingInterrupts({ poll(&waiting, 1, CInt(left)) }) > 0 else { return nil }
            let count = block.withUnsafeMutableBytes { buffer in retryingInterrupts { read(descriptor, buffer.baseAddress, buffer.count) } }
            guard count > 0 else { return nil }
            line += block[..<count]
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return String(decoding: line[..<end], as: UTF8.self) }
        }
        return nil
    }

    private func decodedFailure(_ report: String) -> TenonError {
        guard var error = try? WireCoding.decode(TenonError.self, from: Array(report.utf8)) else {
            return TenonError(.noDaemon, "the daemon did not start", cause: "what it says of itself can't be read", hint: "tenon daemon logs")
        }
        if error.code == .busy {
            error = TenonError(.noDaemon, error.message, cause: error.cause, hint: error.hint ?? "tenon daemon status")
        }
        return error
    }

    private func silence(_ process: pid_t) -> TenonError {
        var status: CInt = 0
        let ended = waitpid(process, &status, WNOHANG) == process
        let last = lastLogLine().map { "; its log ends with: \($0)" } ?? ""
        return TenonError(
            .noDaemon, "the daemon did not start",
            cause: (ended ? "it ended before it was ready" : "it was not ready within \(timeout.milliseconds / 1000) s") + last,
            hint: ended ? "tenond --foreground --home '\(displayName(home.path.utf8))' shows why" : "try again in a moment, or see tenon daemon logs")
    }

    private func lastLogLine() -> String? {
        guard let path = StoreLocation(environment: environment).log() else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        var block = [UInt8](repeating: 0, count: 4096)
        let count = block.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, max(0, size - 4096)) }
        guard count > 0 else { return nil }
        return block[..<count].split(separator: UInt8(ascii: "\n")).last.map { displayName($0) }
    }
}
