import Glibc
import TenonCore

/// An object of a directory remote, open for reading: what it held when it was opened, though it be replaced or removed meanwhile.
final class ObjectFile: Sendable {
    let entry: ObjectEntry
    private let descriptor: Int32
    private let path: String

    /// `nil` if there is no such object.
    init?(_ root: borrowing DirectoryRoot, _ name: ObjectName) throws {
        guard let place = try root.place(of: name), try place.entry(name) != nil else { return nil }
        path = place.path
        descriptor = openat(place.directory.number, place.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        var status = stat()
        if descriptor < 0 {
            let number = errno
            if number == ENOENT { return nil }
            throw directoryFailure(number, "open", place.path)
        }
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            throw TenonError(.corrupt, "'\(displayName(place.path.utf8))' is not a regular file")
        }
        entry = ObjectEntry(name, status)
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Exactly `count` bytes from `offset` on. Throws `corrupt` if the file has become shorter.
    func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let got = try fileCall("read", path) {
                    pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset) + off_t(done))
                }
                guard got > 0 else { throw TenonError(.corrupt, "'\(displayName(path.utf8))' is damaged", cause: "it ends too early") }
                done += got
            }
        }
    }
}
