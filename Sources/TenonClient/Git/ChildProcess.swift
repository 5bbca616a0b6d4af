import Glibc
import TenonCore

/// Starts other programs by `posix_spawn`, with exactly the descriptors, environment and session that are asked for.
struct ChildProcess {
    /// What becomes of one of the child's descriptors.
    enum Redirection {
        /// A descriptor of this process.
        case descriptor(CInt)
        case null
    }

    /// The program: a path with a slash, or a name that is looked up in `PATH`.
    var program: String
    var arguments: [[UInt8]]
    /// `NAME=VALUE`, each.
    var environment: [[UInt8]]
    /// The child's descriptors that are not this process's own.
    var redirections: [(CInt, Redirection)] = []
    /// Closes all of this process's descriptors above the highest one that is redirected.
    var closesOthers = false
    /// Gives the child a session of its own, so that no terminal's signals reach it.
    var startsSession = false

    /// `POSIX_SPAWN_SETSID` of <spawn.h>, which is only declared for GNU sources.
    private static let setSession: CShort = 0x80

    /// Starts the program and returns its process id. Throws `notFound` where there is no such program.
    func start() throws(TenonError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, redirection) in redirections {
            switch redirection {
            case .descriptor(let source): posix_spawn_file_actions_adddup2(&actions, source, target)
            case .null: posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
            }
        }
        if closesOthers {
            let highest = redirections.map(\.0).max() ?? 2
            for descriptor in ChildProcess.openDescriptors() where descriptor > highest {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var flags = CShort(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        if startsSession { flags |= ChildProcess.setSession }
        posix_spawnattr_setflags(&attributes, flags)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGQUIT] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)

        let status: CInt
        var process: pid_t = 0
        let lists = (CStringList([Array(program.utf8)] + arguments), CStringList(environment))
        if program.contains("/") {
            status = posix_spawn(&process, program, &actions, &attributes, lists.0.pointer, lists.1.pointer)
        } else {
            status = posix_spawnp(&process, program, &actions, &attributes, lists.0.pointer, lists.1.pointer)
        }
        guard status == 0 else {
            throw TenonError(status == ENOENT ? .notFound : .io, "'\(program)' can't be run", cause: reason(status))
        }
        return process
    }

    /// Waits for the child's end: its exit status, or 128 and the number of the signal that ended it.
    static func wait(for process: pid_t) -> CInt {
        var status: CInt = 0
        while waitpid(process, &status, 0) == -1 {
            if errno != EINTR { return 127 }
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private static func openDescriptors() -> [CInt] {
        guard let directory = opendir("/proc/self/fd") else { return Array(3..<1024) }
        defer { closedir(directory) }
        var found: [CInt] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if let descriptor = CInt(name), descriptor != dirfd(directory) { found.append(descriptor) }
        }
        return found
    }
}

/// A list of C strings that ends with a null pointer, as `exec` takes it; freed when it is released.
private final class CStringList {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [[UInt8]]) {
        count = strings.count
        pointer = .allocate(capacity: count + 1)
        for (place, string) in strings.enumerated() {
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
            for (index, byte) in string.enumerated() { copy[index] = CChar(bitPattern: byte) }
            copy[string.count] = 0
            pointer[place] = copy
        }
        pointer[count] = nil
    }

    deinit {
        for place in 0..<count { pointer[place]?.deallocate() }
        pointer.deallocate()
    }
}
