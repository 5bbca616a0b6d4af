import Glibc
import TenonCore

/// The few small files of a Git directory that Git documents and neither libgit2 nor plumbing gives as they are.
enum DirectoryFiles {
    /// Reads a regular file of at most `limit` bytes; `nil` if there is none (also where a directory has that name).
    static func read(_ path: [UInt8], limit: Int = 16 << 20) throws -> [UInt8]? {
        let descriptor = withCString(path) { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw systemError("can't read '\(displayName(path))'")
        }
        let file = FileDescriptorOwner(descriptor)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw systemError("can't read '\(displayName(path))'") }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes: [UInt8] = []
        while true {
            guard bytes.count <= limit else { throw TenonError(.corrupt, "'\(displayName(path))' is longer than \(limit) bytes") }
            let wanted = max(4_096, min(Int(status.st_size) + 1 - bytes.count, 1 << 20))
            var count = 0
            let part = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
                count = Glibc.read(file.raw, buffer.baseAddress, wanted)
                initialized = max(0, count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw systemError("can't read '\(displayName(path))'")
            }
            if count == 0 { return bytes }
            bytes += part
        }
    }

    /// The first line of a file, without white space at its end; `nil` if there is no file.
    static func line(_ path: [UInt8]) throws -> [UInt8]? {
        guard let bytes = try read(path, limit: 64 << 10) else { return nil }
        var line = bytes.prefix { $0 != 0x0A }
        while let last = line.last, last == 0x0D || last == 0x20 || last == 0x09 { line.removeLast() }
        return Array(line)
    }

    /// The names in a directory, in byte order, without `.` and `..`; none if there is no directory.
    static func names(in path: [UInt8]) throws -> [[UInt8]] {
        guard let directory = withCString(path, { opendir($0) }) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw systemError("can't list '\(displayName(path))'")
        }
        defer { closedir(directory) }
        var result: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                if errno != 0 { throw systemError("can't list '\(displayName(path))'") }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { bytes(of: $0) }
            }
            if name != [0x2E] && name != [0x2E, 0x2E] { result.append(name) }
        }
        return result.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// All regular files below a directory, as paths from it; symlinks and `*.lock` are left out.
    static func filesBelow(_ root: [UInt8]) throws -> [[UInt8]] {
        var result: [[UInt8]] = []
        var pending: [[UInt8]] = [[]]
        while let directory = pending.popLast() {
            for name in try names(in: join(root, directory)) where !name.suffix(5).elementsEqual(".lock".utf8) {
                let path = join(directory, name)
                switch kind(join(root, path)) {
                case S_IFDIR: pending.append(path)
                case S_IFREG: result.append(path)
                default: break
                }
            }
        }
        return result.sorted { $0.lexicographicallyPrecedes($1) }
    }

    static func exists(_ path: [UInt8]) -> Bool { kind(path) != nil }

    /// The file type bits of what lies at `path`, symlinks not followed.
    private static func kind(_ path: [UInt8]) -> mode_t? {
        var status = stat()
        return withCString(path) { lstat($0, &status) } == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Whether both paths lead to the same directory.
    static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        if left == right { return true }
        var first = stat()
        var second = stat()
        return withCString(left) { stat($0, &first) } == 0 && withCString(right) { stat($0, &second) } == 0
            && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// `name` below `directory`; alone if that is empty or `name` is absolute.
    static func join(_ directory: [UInt8], _ name: some Collection<UInt8>) -> [UInt8] {
        if directory.isEmpty || name.first == UInt8(ascii: "/") { return Array(name) }
        if name.isEmpty { return directory }
        return directory + [UInt8(ascii: "/")] + name
    }

    static func join(_ directory: [UInt8], _ name: String) -> [UInt8] { join(directory, Array(name.utf8)) }
}
