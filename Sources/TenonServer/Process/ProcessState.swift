import Glibc
import TenonCore
import TenonStore

/// What a daemon changes of its own process, once, before it does anything else.
enum ProcessState {
    /// Runs the program again with `environment`, in the same process, if its own differs; returns if it need not, or can't.
    ///
    /// The allocator reads its settings before any code of ours runs, and a variable that was there can't be forgotten otherwise: so whoever
    /// started the daemon, it runs with exactly this environment.
    static func adopt(_ environment: [String: String], current: [String: String], arguments: [String]) {
        guard environment != current else { return }
        let list = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        let words = arguments.map { strdup($0) } + [nil]
        // By its own path, so that the process is listed as `tenond`; by the link, if the file there was replaced meanwhile.
        if let path = programPath() { execve(path, words, list) }
        execve("/proc/self/exe", words, list)
        for pointer in list + words { free(pointer) }
    }

    /// Where this program's file lies; `nil` if it can't be told.
    private static func programPath() -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let count = readlink("/proc/self/exe", start, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(validating: buffer[..<count].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// Leaves the terminal and directory that the daemon was started from, and closes what it inherited but for `kept`.
    static func detach(keeping kept: [CInt]) {
        setsid()
        chdir("/")
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        if null >= 0 {
            for descriptor in 0...2 as ClosedRange<CInt> { dup2(null, descriptor) }
            if null > 2 { close(null) }
        }
        closeOthers(than: kept)
    }

    /// Settings for a process that serves many files and outlives its terminal.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        // It can only be read by setting it.
        _ = CreationMask.ofProcess
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
    }

    /// Bytes of memory that the process has in use.
    static func residentBytes() -> UInt64 {
        guard let file = fopen("/proc/self/statm", "re") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, CInt(line.count), file) != nil else { return 0 }
        let fields = line.prefix { $0 != 0 }.split(separator: CChar(UInt8(ascii: " ")))
        guard fields.count > 1, let pages = UInt64(String(decoding: fields[1].map { UInt8(bitPattern: $0) }, as: UTF8.self)) else { return 0 }
        return pages * UInt64(sysconf(CInt(_SC_PAGESIZE)))
    }

    private static func closeOthers(than kept: [CInt]) {
        guard let directory = opendir("/proc/self/fd") else { return }
        var found: [CInt] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if let descriptor = CInt(name), descriptor > 2, !kept.contains(descriptor) { found.append(descriptor) }
        }
        closedir(directory)
        // The directory's own descriptor is among them, and closed by now: closing it again does no harm while this is the only thread.
        for descriptor in found { close(descriptor) }
    }
}
