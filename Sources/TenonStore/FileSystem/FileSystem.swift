import Glibc
import TenonCore

/// The one way to disk for everything that must last: packs, index files, records of repositories.
///
/// Every call throws a `TenonError` that names the file. A test gives it a `FaultPlan`.
package struct FileSystem: Sendable {
    let faults: FaultPlan?

    package init(faults: FaultPlan? = nil) {
        self.faults = faults
    }

    /// Makes a new empty file that only this user can read; it must not be there yet.
    package func create(_ path: String) throws(TenonError) -> WritableFile {
        try faults?.check(.create(path))
        let descriptor = try systemCall("create", path) { open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600) }
        return WritableFile(descriptor: descriptor, path: path, faults: faults)
    }

    /// Gives a file its final name; what has that name already stays, and the call throws `conflict`.
    ///
    /// By link and unlink, which say in POSIX what `renameat2` with `RENAME_NOREPLACE` says in Linux. Cut short between the two, the file has both
    /// names and is complete under the final one.
    package func renameWithoutReplacing(_ path: String, to target: String) throws(TenonError) {
        try faults?.check(.rename(path, to: target))
        try systemCall("rename", path) { link(path, target) }
        try systemCall("rename", path) { unlink(path) }
    }

    /// Gives a file its final name in place of what had it before.
    package func rename(_ path: String, to target: String) throws(TenonError) {
        try faults?.check(.rename(path, to: target))
        try systemCall("rename", path) { Glibc.rename(path, target) }
    }

    /// Forces a directory's entries to disk: what was renamed into it is there after a power cut.
    package func synchronizeDirectory(_ path: String) throws(TenonError) {
        try faults?.check(.synchronizeDirectory(path))
        let descriptor = try systemCall("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(descriptor) }
        try systemCall("synchronize", path) { fsync(descriptor) }
    }

    /// Makes a directory that only this user can enter. One that is there already is left as it is.
    package func makeDirectory(_ path: String) throws(TenonError) {
        try faults?.check(.makeDirectory(path))
        guard mkdir(path, 0o700) != 0 else { return }
        let number = errno
        if number != EEXIST { throw TenonError(errno: number, "can't make directory '\(displayName(path.utf8))'") }
    }

    /// Removes a file. One that is gone already counts as removed.
    package func remove(_ path: String) throws(TenonError) {
        try faults?.check(.remove(path))
        guard unlink(path) != 0 else { return }
        let number = errno
        if number != ENOENT { throw TenonError(errno: number, "can't remove '\(displayName(path.utf8))'") }
    }

    /// Writes a whole small file so that after a crash either the old bytes or the new ones are there.
    package func replace(_ path: String, with bytes: [UInt8]) throws(TenonError) {
        let temporary = "\(path).\(randomName()).tmp"
        let file = try create(temporary)
        do throws(TenonError) {
            try file.write(bytes)
            try file.synchronize()
            file.close()
            try rename(temporary, to: path)
        } catch {
            file.close()
            _ = unlink(temporary)
            throw error
        }
        try synchronizeDirectory(parentDirectory(path))
    }

    /// Opens a regular file to be read; symlinks are not followed.
    package func readable(_ path: String) throws(TenonError) -> ReadableFile {
        try ReadableFile(path: path, faults: faults)
    }

    /// A whole small file; `nil` if there is none. Throws `corrupt` if it is longer than `limit`.
    package func contents(of path: String, limit: Int) throws(TenonError) -> [UInt8]? {
        let file: ReadableFile
        do {
            file = try readable(path)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
        guard file.byteCount <= UInt64(limit) else {
            throw TenonError(.corrupt, "'\(displayName(path.utf8))' is not what it should be", cause: "it is longer than \(limit) bytes")
        }
        return try file.read(at: 0, count: Int(file.byteCount))
    }

    /// The names in a directory, in byte order.
    package func names(in path: String) throws(TenonError) -> [String] {
        guard let stream = opendir(path) else { throw TenonError(errno: errno, "can't list '\(displayName(path.utf8))'") }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                let number = errno
                if number != 0 { throw TenonError(errno: number, "can't list '\(displayName(path.utf8))'") }
                return names.sorted()
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { names.append(name) }
        }
    }
}

/// The directory that `path` lies in.
func parentDirectory(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Sixteen hexadecimal digits that no one else has.
func randomName() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
