import Glibc
import TenonCore

/// The regular files below a directory and their bytes, counted until a moment has come.
struct DirectorySize {
    private(set) var files: UInt64 = 0
    private(set) var bytes: UInt64 = 0
    private(set) var isComplete = true

    /// Looks through no symlink, at no other file system's directories, and into no repository; what can't be read counts as nothing.
    ///
    /// - Parameter visit: called with each regular file's absolute path and size.
    init(of directory: [UInt8], until deadline: ContinuousClock.Instant, visit: (@autoclosure () -> [UInt8], UInt64) -> Void = { _, _ in }) {
        var top = stat()
        guard directory.withCPath({ lstat($0, &top) }) == 0 else { return }
        var pending = [directory]
        while let path = pending.popLast() {
            guard ContinuousClock.now < deadline else {
                isComplete = false
                return
            }
            guard let stream = path.withCPath({ opendir($0) }) else { continue }
            defer { closedir(stream) }
            if path.count > directory.count, (path + Array("/.git".utf8)).withCPath({ access($0, F_OK) }) == 0 { continue }
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                if name == [0x2E] || name == [0x2E, 0x2E] { continue }
                var status = stat()
                guard name.withCPath({ fstatat(dirfd(stream), $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFREG:
                    files += 1
                    bytes &+= UInt64(status.st_size)
                    visit(path + [0x2F] + name, UInt64(status.st_size))
                case S_IFDIR where status.st_dev == top.st_dev: pending.append(path + [0x2F] + name)
                default: break
                }
            }
        }
    }
}
