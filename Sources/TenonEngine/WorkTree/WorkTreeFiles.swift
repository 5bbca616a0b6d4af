import Glibc
import TenonCore
import TenonStore

/// Small files of a work tree (pointers, ignore files, `tenon.yaml`), reached from its top without following a symlink.
///
/// Confined to the thread of one request.
final class WorkTreeFiles {
    /// What lies at a path.
    enum Kind: Equatable {
        case absent
        case file
        case directory
        case symlink
        /// A socket, device or FIFO, named for messages.
        case special(String)
        /// An ancestor is a symlink, or something that is not a directory.
        case blocked(by: RelativePath, isSymlink: Bool)
    }

    /// Absolute path of the top, for messages.
    let root: [UInt8]
    private let descriptor: Int32
    private let mask: CreationMask

    /// Opens the directory `root`. What is made in it goes without the permissions of `mask`.
    init(root: [UInt8], mask: CreationMask = CreationMask()) throws {
        self.root = root
        self.mask = mask
        descriptor = uninterrupted { root.withCPath { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } }
        guard descriptor >= 0 else { throw systemError("'\(displayName(root))' could not be opened") }
    }

    deinit {
        close(descriptor)
    }

    /// Device and inode of the top.
    func identity() throws -> (device: UInt64, inode: UInt64) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw systemError("'\(displayName(root))' could not be looked at") }
        return (UInt64(status.st_dev), UInt64(status.st_ino))
    }

    /// What lies at `path`; looks through no symlink.
    func kind(of path: RelativePath) throws -> Kind {
        var ancestors: [RelativePath] = []
        var next = path.parent
        while let ancestor = next {
            ancestors.append(ancestor)
            next = ancestor.parent
        }
        for ancestor in ancestors.reversed() {
            switch try status(of: ancestor) {
            case nil: return .absent
            case .some(let mode) where mode & S_IFMT == S_IFDIR: continue
            case .some(let mode): return .blocked(by: ancestor, isSymlink: mode & S_IFMT == S_IFLNK)
            }
        }
        guard let mode = try status(of: path) else { return .absent }
        switch mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        case S_IFLNK: return .symlink
        case S_IFSOCK: return .special("socket")
        case S_IFIFO: return .special("FIFO")
        default: return .special("device")
        }
    }

    private func status(of path: RelativePath) throws -> mode_t? {
        var status = stat()
        let result = path.bytes.withCPath { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }
        if result == 0 { return status.st_mode }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw systemError("'\(path)' could not be looked at")
    }

    /// The bytes of the regular file at `path`; `nil` if there is none. Throws `invalidArgument` if it has more than `limit` bytes.
    func read(_ path: RelativePath, limit: Int) throws -> [UInt8]? {
        guard let directory = try openDirectory(path.parent) else { return nil }
        defer { close(directory) }
        let file = uninterrupted { path.lastComponent.withCPath { openat(directory, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) } }
        guard file >= 0 else {
            if errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO { return nil }
            throw systemError("'\(path)' could not be opened")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw systemError("'\(path)' could not be looked at") }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        return try readAll(file, limit: limit, name: path)
    }

    private func readAll(_ file: Int32, limit: Int, name: RelativePath) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let room = min(limit + 1 - bytes.count, 64 << 10)
            guard room > 0 else { throw TenonError(.invalidArgument, "'\(name)' can't be read", cause: "it is larger than \(limit) bytes") }
            let part = try [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                let got = uninterrupted { Glibc.read(file, buffer.baseAddress, room) }
                guard got >= 0 else { throw systemError("'\(name)' could not be read") }
                count = got
            }
            if part.isEmpty { return bytes }
            bytes += part
        }
    }

    /// Puts `bytes` at `path`, durably and as a whole: a temporary file in `.tenon-tmp` beside it, fsync, rename, fsync of the directory.
    /// Missing directories are made. A file that is there keeps its mode.
    func replace(_ path: RelativePath, with bytes: [UInt8]) throws {
        let name = Array(path.lastComponent)
        guard let directory = try openDirectory(path.parent, creating: true) else {
            throw TenonError(.io, "'\(path)' could not be written", cause: "something else lies where its directory should be")
        }
        defer { close(directory) }
        _ = mkdirat(directory, WorkTreeFiles.temporaryDirectory, 0o700)
        let staging = openat(directory, WorkTreeFiles.temporaryDirectory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard staging >= 0 else { throw StagedFile.error(errno, openingFolder: WorkTreeFiles.temporaryFolder(beside: path)) }
        defer {
            close(staging)
            unlinkat(directory, WorkTreeFiles.temporaryDirectory, AT_REMOVEDIR)
        }
        var present = stat()
        let mode = name.withCPath({ fstatat(directory, $0, &present, AT_SYMLINK_NOFOLLOW) }) == 0 ? present.st_mode & 0o777 : mask.mode(0o666)
        StagedFile.removeAbandoned(in: staging)
        let (file, temporary) = try stage(in: staging, mode, for: path)
        var renamed = false
        defer {
            close(file)
            if !renamed { unlinkat(staging, temporary, 0) }
        }
        try write(bytes, to: file, name: path)
        guard uninterrupted({ fsync(file) }) == 0, name.withCPath({ renameat(staging, temporary, directory, $0) }) == 0 else {
            throw systemError("'\(path)' could not be written")
        }
        renamed = true
        guard uninterrupted({ fsync(directory) }) == 0 else { throw systemError("'\(path)' could not be written") }
    }

    /// A new file in `staging`, ours alone, with this very mode.
    private func stage(in staging: Int32, _ mode: mode_t, for path: RelativePath) throws -> (file: Int32, name: String) {
        while true {
            let name = "small.\(getpid()).\(UInt64.random(in: 0 ... .max))"
            let file = uninterrupted { openat(staging, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode) }
            guard file >= 0 else { throw systemError("'\(path)' could not be written") }
            CreationMask.complete(file, mode: mode)
            if StagedFile.hold(file) { return (file, name) }
            close(file)
        }
    }

    private func write(_ bytes: [UInt8], to file: Int32, name: RelativePath) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let written = uninterrupted { Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count) }
                guard written >= 0 else { throw systemError("'\(name)' could not be written") }
                rest = rest.dropFirst(written)
            }
        }
    }

    /// Removes the file at `path`, if there is one, durably.
    func remove(_ path: RelativePath) throws {
        guard let directory = try openDirectory(path.parent) else { return }
        defer { close(directory) }
        guard path.lastComponent.withCPath({ unlinkat(directory, $0, 0) }) == 0 else {
            if errno == ENOENT { return }
            throw systemError("'\(path)' could not be removed")
        }
        guard uninterrupted({ fsync(directory) }) == 0 else { throw systemError("'\(path)' could not be removed") }
    }

    /// Makes the directory `path` and those above it, where nothing else is in the way.
    func makeDirectory(_ path: RelativePath) throws {
        if let directory = try openDirectory(path, creating: true) { close(directory) }
    }

    /// A descriptor of the directory `path` (`nil`: the top), which the caller closes; `nil` if none is there, or a symlink is on the way.
    func openDirectory(_ path: RelativePath?, creating: Bool = false) throws -> Int32? {
        var current = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard current >= 0 else { throw systemError("'\(displayName(root))' could not be opened") }
        for component in path?.components ?? [] {
            let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
            var next = uninterrupted { component.withCPath { openat(current, $0, flags) } }
            var number = errno
            if next < 0, number == ENOENT, creating {
                let isNew = component.withCPath { mkdirat(current, $0, mask.mode(0o777)) } == 0
                next = uninterrupted { component.withCPath { openat(current, $0, flags) } }
                number = errno
                if isNew, next >= 0 { CreationMask.complete(next, mode: mask.mode(0o777)) }
            }
            close(current)
            guard next >= 0 else {
                if number == ENOENT || number == ENOTDIR || number == ELOOP { return nil }
                throw systemError("'\(displayName(component))' could not be opened", number)
            }
            current = next
        }
        return current
    }

    /// Where temporary files lie, beside what they become; ignored through `info/exclude`.
    static let temporaryDirectory = ".tenon-tmp"

    /// Its path beside `path`, for messages.
    static func temporaryFolder(beside path: RelativePath) -> [UInt8] {
        (path.parent.map { $0.bytes + [UInt8(ascii: "/")] } ?? []) + Array(temporaryDirectory.utf8)
    }
}

extension Collection<UInt8> {
    /// Calls `body` with these bytes as a C string. They must hold no NUL.
    func withCPath<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        var terminated = map { CChar(bitPattern: $0) }
        terminated.append(0)
        return try terminated.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("an array with a terminator is not empty") }
            return try body(base)
        }
    }
}
