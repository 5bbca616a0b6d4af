import Glibc
import TenonCore

/// A file of a directory remote, as an object.
extension ObjectEntry {
    init(_ name: ObjectName, _ status: stat) {
        // Anybody may give a file any time.
        let (milliseconds, isBeyond) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1000)
        let modified = isBeyond ? (status.st_mtim.tv_sec < 0 ? .min : .max) : milliseconds &+ Int64(status.st_mtim.tv_nsec) / 1_000_000
        self.init(name: name, size: UInt64(status.st_size), tag: ObjectTag(status), modified: modified)
    }
}

extension ObjectTag {
    /// Inode, length and time of a file. Files that replace one another have inodes of their own, and the nanoseconds of each are drawn at random when it
    /// is written (`IncomingFile`), so that an inode that is used again does not make two states look alike.
    init(_ status: stat) {
        let fields = [
            UInt64(status.st_ino), UInt64(status.st_size), UInt64(bitPattern: Int64(status.st_mtim.tv_sec)), UInt64(status.st_mtim.tv_nsec),
        ]
        self.init(unchecked: fields.map { String($0, radix: 16) }.joined(separator: "-"))
    }
}
