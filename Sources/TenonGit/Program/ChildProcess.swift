import Glibc
import TenonCore

/// A running child with pipes on its three standard descriptors and no other descriptor of ours; killed and reaped at the latest when it goes
/// away.
package struct ChildProcess: ~Copyable {
    package let pid: pid_t
    /// Writes to its standard input: a socket, so that a child that is gone gives EPIPE and no signal.
    package var input: FileDescriptorOwner
    package var output: FileDescriptorOwner
    package var errors: FileDescriptorOwner
    private var isReaped = false

    /// `posix_spawn_file_actions_addclosefrom_np` of glibc 2.34, whose header hides it from Swift. Without it, a descriptor that a library left
    /// open across `exec` would reach the child; our own never do.
    private static let closeFrom: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32)? = {
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
    }()

    /// Starts `executable`; all arrays without terminating NUL.
    package init(executable: [UInt8], arguments: [[UInt8]], environment: [[UInt8]]) throws {
        let input = try Channel()
        let output = try Channel()
        let errors = try Channel()

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.childs.raw, 0)
        posix_spawn_file_actions_adddup2(&actions, output.childs.raw, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.childs.raw, 2)
        _ = ChildProcess.closeFrom?(&actions, 3)

        // A group of its own, so that what git starts goes with it; signals as a fresh process has them.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGPIPE, SIGIO, SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var pid: pid_t = 0
        let status = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                withCString(executable) { posix_spawn(&pid, $0, &actions, &attributes, arguments, environment) }
            }
        }
        guard status == 0 else {
            errno = status
            throw systemError("can't run '\(displayName(executable))'")
        }
        // The child's ends close here, with what is left of the channels.
        self.pid = pid
        self.input = input.ours
        self.output = output.ours
        self.errors = errors.ours
    }

    deinit {
        guard !isReaped else { return }
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }

    /// The exit status if the child has ended (128 + n for signal n), reaping it.
    package mutating func exitStatusIfEnded() -> Int32? {
        var status: Int32 = 0
        let result = waitpid(pid, &status, WNOHANG)
        if result == 0 || (result < 0 && errno == EINTR) { return nil }
        isReaped = true
        guard result == pid else { return 127 }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Waits for the end until `deadline`, then kills the child.
    package mutating func wait(until deadline: Deadline) -> Int32 {
        var pause: UInt32 = 50
        while true {
            if let status = exitStatusIfEnded() { return status }
            if deadline.isOver {
                kill(-pid, SIGKILL)
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
                isReaped = true
                return 128 + SIGKILL
            }
            usleep(pause)
            pause = min(pause * 2, 5_000)
        }
    }
}

/// `strings` as the NULL-terminated array of C strings that `posix_spawn` takes.
private func withCStrings<Result>(_ strings: [[UInt8]], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    var arena: [CChar] = []
    var starts: [Int] = []
    for string in strings {
        starts.append(arena.count)
        arena.append(contentsOf: string.lazy.map(CChar.init(bitPattern:)))
        arena.append(0)
    }
    return arena.withUnsafeMutableBufferPointer { buffer in
        let base = buffer.baseAddress
        return body(starts.map { start in base.map { $0 + start } } + [nil])
    }
}

/// `bytes` as a C string, for the time of `body`. They must hold no NUL.
func withCString<Result, Failure: Error>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) throws(Failure) -> Result) throws(Failure) -> Result {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
    defer { copy.deallocate() }
    for (position, byte) in bytes.enumerated() { copy[position] = CChar(bitPattern: byte) }
    copy[bytes.count] = 0
    return try body(copy)
}
