import Glibc
import TenonCore

/// A file of a directory remote, as an object.
extension ObjectEntry {
    init(_ name: ObjectName, _ status: stat) {
        self.init(
            name: name, size: UInt64(status.st_size), tag: ObjectTag(status),
            modified: Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000)
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
