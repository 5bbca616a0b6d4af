import Glibc

/// What the stat cache knows a file's state by. No device number: it changes between mounts.
struct FileStamp: Hashable, Sendable {
    var inode: UInt64
    var size: UInt64
    /// Nanoseconds since 1970.
    var modified: Int64
    /// Nanoseconds since 1970 of the last change of bytes or inode.
    var changed: Int64

    init(_ information: borrowing stat) {
        inode = UInt64(information.st_ino)
        size = UInt64(max(0, information.st_size))
        modified = FileStamp.nanoseconds(information.st_mtim)
        changed = FileStamp.nanoseconds(information.st_ctim)
    }

    init(inode: UInt64, size: UInt64, modified: Int64, changed: Int64) {
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// Years beyond those that 64 bits of nanoseconds hold are cut to the last that they do; such a file is never older than the clock.
    static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return time.tv_sec < 0 ? .min : .max }
        let (sum, overflowed) = seconds.addingReportingOverflow(Int64(time.tv_nsec))
        return overflowed ? .max : sum
    }

    /// Whether inode, size and mtime agree. A rename changes ctime on most file systems, so that says nothing after one.
    func agreesBeyondRename(with other: FileStamp) -> Bool {
        inode == other.inode && size == other.size && modified == other.modified
    }
}
