import Glibc
import TenonCore

/// An open directory. Everything that is named below it is reached without following a symlink and without leaving it.
final class DirectoryHandle: Sendable {
    let descriptor: Int32
    /// For messages.
    let name: [UInt8]

    /// Takes over `descriptor`, which must be of a directory.
    init(owning descriptor: Int32, name: [UInt8]) {
        self.descriptor = descriptor
        self.name = name
    }

    deinit {
        close(descriptor)
    }

    /// Opens the top of a work tree; the path to it may lead through symlinks.
    static func open(absolute path: String) throws(TenonError) -> DirectoryHandle {
        let descriptor = try systemCall("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        return DirectoryHandle(owning: descriptor, name: Array(path.utf8))
    }

    /// Opens what lies at `path` below this directory. `flags` are those of open(2); symlinks are refused anywhere in `path`, its end included.
    ///
    /// The result is -1 and `errno` if it can't be opened: `ELOOP` where a symlink is in the way.
    func tryOpen(_ path: UnsafeRawBufferPointer, flags: Int32, mode: mode_t = 0) -> Int32 {
        if path.isEmpty { return openat(descriptor, ".", flags | O_CLOEXEC | O_NOFOLLOW, mode) }
        return withUnsafeTemporaryAllocation(byteCount: path.count + 1, alignment: 1) { buffer in
            buffer.copyMemory(from: path)
            buffer[path.count] = 0
            guard let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return -1 }
            return BeneathOpening.open(descriptor, start, length: path.count, flags: flags | O_CLOEXEC | O_NOFOLLOW, mode: mode)
        }
    }

    func tryOpen(_ path: some Collection<UInt8>, flags: Int32, mode: mode_t = 0) -> Int32 {
        if let result = path.withContiguousStorageIfAvailable({ tryOpen(UnsafeRawBufferPointer($0), flags: flags, mode: mode) }) { return result }
        return Array(path).withUnsafeBytes { tryOpen($0, flags: flags, mode: mode) }
    }

    /// Opens a file below this directory, or throws an error that names it.
    func open(_ path: some Collection<UInt8>, flags: Int32, mode: mode_t = 0) throws(TenonError) -> Int32 {
        let descriptor = tryOpen(path, flags: flags, mode: mode)
        if descriptor < 0 { throw DirectoryHandle.error(errno, opening: fullName(path)) }
        return descriptor
    }

    /// Opens a directory below this one.
    func directory(_ path: some Collection<UInt8>) throws(TenonError) -> DirectoryHandle {
        let descriptor = try open(path, flags: O_RDONLY | O_DIRECTORY)
        return DirectoryHandle(owning: descriptor, name: fullName(path))
    }

    /// The stat of what lies at `path`, of a symlink itself if it is one; `nil` if nothing does. Throws if a symlink is on the way to it.
    func status(_ path: some Collection<UInt8>) throws(TenonError) -> stat? {
        let descriptor = tryOpen(path, flags: LinuxCalls.pathOnly)
        if descriptor < 0 {
            let number = errno
            if number == ENOENT || number == ENOTDIR { return nil }
            throw DirectoryHandle.error(number, opening: fullName(path))
        }
        defer { close(descriptor) }
        var information = stat()
        try systemCall("look at", displayPath(path)) { fstat(descriptor, &information) }
        return information
    }

    /// Which directory it is, whatever its path.
    func identity() throws(TenonError) -> WatchMemory.Identity {
        var information = stat()
        try systemCall("look at", String(decoding: name, as: UTF8.self)) { fstat(descriptor, &information) }
        return WatchMemory.Identity(device: UInt64(information.st_dev), inode: UInt64(information.st_ino))
    }

    func isOnSameVolume(as other: DirectoryHandle) throws(TenonError) -> Bool {
        var own = stat()
        var theirs = stat()
        try systemCall("look at", String(decoding: name, as: UTF8.self)) { fstat(descriptor, &own) }
        try systemCall("look at", String(decoding: other.name, as: UTF8.self)) { fstat(other.descriptor, &theirs) }
        return own.st_dev == theirs.st_dev
    }

    func fullName(_ path: some Collection<UInt8>) -> [UInt8] {
        path.isEmpty ? name : name + [UInt8(ascii: "/")] + path
    }

    private func displayPath(_ path: some Collection<UInt8>) -> String { String(decoding: fullName(path), as: UTF8.self) }

    /// What a failed opening of `path` is to the person who asked.
    static func error(_ number: Int32, opening path: [UInt8]) -> TenonError {
        if number == ELOOP {
            return TenonError(
                .invalidArgument, "can't open '\(displayName(path))'", cause: "a symlink is in the way",
                hint: "add what it points to by its own path")
        }
        return TenonError(errno: number, "can't open '\(displayName(path))'")
    }
}

extension Collection<UInt8> {
    /// Calls `body` with the bytes and a NUL after them.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { buffer in
            var index = 0
            for byte in self {
                buffer[index] = CChar(bitPattern: byte)
                index += 1
            }
            buffer[index] = 0
            // The buffer is never empty, so it has an address.
            return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
        }
    }
}
