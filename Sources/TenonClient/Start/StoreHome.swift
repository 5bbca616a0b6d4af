import Glibc
import TenonCore

/// The directory of a store, as a client needs it: the socket in it, the lock under which daemons are started, and whether it can be trusted.
struct StoreHome {
    let path: String

    var socket: String { path + "/tenond.sock" }
    var spawnLock: String { path + "/spawn.lock" }

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
