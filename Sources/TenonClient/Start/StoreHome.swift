import Glibc
import TenonCore

/// The directory of a store, as a client needs it: the socket in it, the lock under which daemons are started, and whether it can be trusted.
struct StoreHome {
    let path: String

    var socket: String { path + "/tenond.sock" }
    var spawnLock: String { path + "/spawn.lock" }

    /// The process that has the store open, as its lock proves: it holds the lock's file, and wrote its number there. `nil` where none can be told.
    func lockHolder() -> pid_t? {
        let descriptor = open(path + "/lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK else { return nil }
        var block = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &block, block.count, 0)
        guard count > 0, let process = pid_t(String(decoding: block[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)), process > 1,
            hasOpen(process, descriptor)
        else { return nil }
        return process
    }

    /// The number may be that of an earlier holder, which another process has by now.
    private func hasOpen(_ process: pid_t, _ descriptor: CInt) -> Bool {
        var wanted = stat()
        guard fstat(descriptor, &wanted) == 0, let directory = opendir("/proc/\(process)/fd") else { return false }
        defer { closedir(directory) }
        var found = stat()
        while let entry = readdir(directory) {
            let isSame =
                fstatat(dirfd(directory), &entry.pointee.d_name.0, &found, 0) == 0 && found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino
            if isSame { return true }
        }
        return false
    }

    /// Throws `permission` if the directory belongs to someone else, or others may write to it: what answers there could be anyone.
    /// A directory that is not there is no error.
    func checkOwner() throws(TenonError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw TenonError(.io, "the store '\(displayName(path.utf8))' can't be reached", cause: reason(errno))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw TenonError(.invalidArgument, "the store '\(displayName(path.utf8))' can't be used", cause: "it is not a directory")
        }
        guard status.st_uid == geteuid() else {
            throw TenonError(
                .permission, "the store '\(displayName(path.utf8))' can't be used", cause: "it is owned by someone else",
                hint: "set TENON_HOME to a directory of your own")
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw TenonError(
                .permission, "the store '\(displayName(path.utf8))' can't be used", cause: "others may write to it",
                hint: "chmod 700 '\(displayName(path.utf8))'")
        }
    }

    /// Makes the directory, and those above it, where they are missing: for the owner alone.
    func create() throws(TenonError) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            guard mkdir(String(path[..<end]), 0o700) == 0 || errno == EEXIST || errno == EISDIR || errno == EROFS || errno == EACCES else {
                throw TenonError(.io, "the store '\(displayName(path.utf8))' can't be made", cause: reason(errno))
            }
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw TenonError(.permission, "the store '\(displayName(path.utf8))' can't be made", cause: reason(errno))
        }
    }
}
