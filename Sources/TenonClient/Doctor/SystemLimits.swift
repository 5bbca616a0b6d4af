import Glibc

/// What the system lets one user have of that which Tenon needs much of.
package struct SystemLimits: Sendable, Hashable {
    /// Directories that may be watched; `nil` where the system does not say.
    package var watches: Int?
    /// Files that one process may hold open.
    package var openFiles: UInt64

    package init(watches: Int?, openFiles: UInt64) {
        self.watches = watches
        self.openFiles = openFiles
    }

    static func ofSystem() -> SystemLimits {
        let text = contents(of: "/proc/sys/fs/inotify/max_user_watches", limit: 64).map { String(decoding: $0, as: UTF8.self) }
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return SystemLimits(watches: text.flatMap { Int($0.prefix { $0.isNumber }) }, openFiles: UInt64(limit.rlim_cur))
    }

    /// An artifact takes one watch for each of its directories, and editors take some too.
    static let enoughWatches = 65_536
    static let enoughFiles: UInt64 = 1024

    var findings: [Finding] {
        var findings: [Finding] = []
        if let watches {
            findings.append(
                watches >= SystemLimits.enoughWatches
                    ? Finding("watches", .ok, "\(watches) directories may be watched")
                    : Finding(
                        "watches", .warning, "only \(watches) directories may be watched; artifacts with more are found by walking them",
                        remedy: "sysctl fs.inotify.max_user_watches=524288"))
        }
        findings.append(
            openFiles >= SystemLimits.enoughFiles
                ? Finding("open files", .ok, "\(openFiles) may be open at once")
                : Finding("open files", .warning, "only \(openFiles) may be open at once", remedy: "ulimit -n 1024, then tenon daemon stop"))
        return findings
    }
}
