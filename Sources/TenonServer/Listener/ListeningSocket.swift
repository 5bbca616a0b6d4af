import Glibc
import TenonCore

/// A Unix socket that listens for clients, and the file that it is known by.
package struct ListeningSocket: Sendable {
    /// Open until whoever serves it closes it.
    package let descriptor: CInt
    /// Where clients find it; `nil` for a socket that someone else made and keeps.
    let path: String?
    private let identity: FileIdentity?

    private struct FileIdentity: Equatable {
        var device: dev_t
        var inode: ino_t
    }

    /// The longest path that fits a socket address, without its final zero.
    static let maximumPathLength = 107

    /// Makes a socket at `path`, of any length, that only its owner can use, in place of whatever socket lies there.
    ///
    /// Only who holds the store's lock may call this: a socket that lies there then is a dead daemon's. Clients never see one that does not
    /// listen yet: it is made beside and renamed.
    package static func bind(at path: String) throws(TenonError) -> ListeningSocket {
        func failure(_ what: String) -> TenonError {
            TenonError(.io, "the socket '\(displayName(path.utf8))' can't be made", cause: "\(what): \(String(cString: strerror(errno)))")
        }
        guard let slash = path.lastIndex(of: "/") else {
            throw TenonError(.invalidArgument, "the socket '\(path)' can't be made", cause: "its path is not absolute")
        }
        let directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("its directory") }
        defer { close(directory) }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket") }
        var isDone = false
        defer { if !isDone { close(descriptor) } }

        let name = String(path[path.index(after: slash)...])
        let temporary = ".\(name).new"
        unlinkat(directory, temporary, 0)
        // The mode of the socket's inode is what bind gives the file; the file's own is set before it has its name.
        fchmod(descriptor, 0o600)
        guard bind(descriptor, to: "/proc/self/fd/\(directory)/\(temporary)") else { throw failure("bind") }
        defer { if !isDone { unlinkat(directory, temporary, 0) } }
        guard fchmodat(directory, temporary, 0o600, 0) == 0 else { throw failure("chmod") }
        guard listen(descriptor, 256) == 0 else { throw failure("listen") }
        guard let identity = identity(in: directory, temporary) else { throw failure("stat") }
        guard renameat(directory, temporary, directory, name) == 0 else { throw failure("rename") }
        isDone = true
        return ListeningSocket(descriptor: descriptor, path: path, identity: identity)
    }

    /// Takes over a socket that listens already, from systemd. Throws if the descriptor is something else.
    package static func inherited(_ descriptor: CInt) throws(TenonError) -> ListeningSocket {
        func option(_ name: CInt) -> CInt? {
            var value: CInt = 0
            var length = socklen_t(MemoryLayout<CInt>.size)
            return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
        }
        guard option(SO_DOMAIN) == AF_UNIX, option(SO_TYPE) == CInt(SOCK_STREAM.rawValue), option(SO_ACCEPTCONN) == 1 else {
            throw TenonError(
                .invalidArgument, "the socket from systemd can't be used", cause: "descriptor \(descriptor) is no listening Unix stream socket",
                hint: "ListenStream= in the socket unit must be a path")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        return ListeningSocket(descriptor: descriptor, path: nil, identity: nil)
    }

    /// Whether clients that look for the socket find this one. Always, if someone else keeps its file.
    var isInPlace: Bool {
        guard let path, let identity else { return true }
        return ListeningSocket.identity(in: AT_FDCWD, path) == identity
    }

    /// Removes the socket's file, if it is still this one's.
    func removeFile() {
        guard let path, isInPlace else { return }
        unlink(path)
    }

    private static func identity(in directory: CInt, _ path: String) -> FileIdentity? {
        var status = stat()
        guard fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return FileIdentity(device: status.st_dev, inode: status.st_ino)
    }

    private static func bind(_ descriptor: CInt, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count <= maximumPathLength else {
            errno = ENAMETOOLONG
            return false
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 }
        }
    }
}
