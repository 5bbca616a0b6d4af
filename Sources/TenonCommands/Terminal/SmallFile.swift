import Glibc
import TenonAPI
import TenonClient

/// Files that are read or written whole: pointers that Git hands to its drivers, settings, reports, bundles.
enum SmallFile {
    /// No pointer is longer.
    private static let maximumLength = 1024

    /// The text of the pointer file at `path`. Throws `corrupt` for what is too long to be one, or is no text.
    static func pointer(at path: PathArgument) throws -> String {
        guard let bytes = try bytes(at: path, limit: maximumLength) else {
            throw TenonError(.corrupt, "'\(path)' is no pointer", cause: "it is longer than \(maximumLength) bytes")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TenonError(.corrupt, "'\(path)' is no pointer", cause: "it is no text")
        }
        return text
    }

    /// The bytes of the file at `path`; `nil` if it has more than `limit`.
    static func bytes(at path: PathArgument, limit: Int) throws -> [UInt8]? {
        let descriptor = open(path.bytes.zeroTerminated, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("reading '\(path)' failed") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let room = min(limit + 1 - bytes.count, 1 << 20)
            let part = try [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                var got = read(descriptor, buffer.baseAddress, room)
                while got < 0 && errno == EINTR { got = read(descriptor, buffer.baseAddress, room) }
                guard got >= 0 else { throw failure("reading '\(path)' failed") }
                count = got
            }
            if part.isEmpty { return bytes }
            bytes += part
        }
        return nil
    }

    /// The lines of the file at `path` that are not empty. Throws `invalidArgument` if it has more than `limit` bytes.
    static func lines(_ path: PathArgument, limit: Int) throws -> [ArraySlice<UInt8>] {
        guard let bytes = try bytes(at: path, limit: limit) else {
            throw TenonError(.invalidArgument, "reading '\(path)' failed", cause: "it is longer than \(limit) bytes")
        }
        return bytes.split(separator: UInt8(ascii: "\n"))
    }

    /// Writes the file at `path` to standard output as it is, however long.
    static func copyToOutput(_ path: PathArgument) throws {
        let descriptor = open(path.bytes.zeroTerminated, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("reading '\(path)' failed") }
        defer { close(descriptor) }
        try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count == 0 { return }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw failure("reading '\(path)' failed") }
                OutputStream.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: STDOUT_FILENO)
            }
        }
    }

    /// Puts `bytes` in place of the file at `path` in one step: whoever looks finds the old or the new, whole.
    static func replace(_ path: PathArgument, with bytes: [UInt8]) throws {
        let temporary = path.bytes + Array(".tenon-\(getpid())".utf8)
        let descriptor = open(temporary.zeroTerminated, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure("writing '\(path)' failed") }
        var isWritten = writeAll(bytes, to: descriptor)
        isWritten = close(descriptor) == 0 && isWritten
        guard isWritten, rename(temporary.zeroTerminated, path.bytes.zeroTerminated) == 0 else {
            let error = failure("writing '\(path)' failed")
            unlink(temporary.zeroTerminated)
            throw error
        }
    }

    private static func failure(_ message: String) -> TenonError {
        TenonError(.io, message, cause: String(cString: strerror(errno)))
    }
}
