import Glibc
import TenonCore
import TenonFormat

/// A file open for reading at any place, by any number of threads.
package final class ReadableFile: Sendable {
    package let path: String
    package let byteCount: UInt64
    private let descriptor: Int32
    private let faults: FaultPlan?

    /// Opens a regular file; symlinks are not followed. A test gives it faults.
    package init(path: String, faults: FaultPlan? = nil) throws(TenonError) {
        self.path = path
        self.faults = faults
        descriptor = try systemCall("open", path) { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            let number = errno
            close(descriptor)
            throw TenonError(errno: number, "can't read '\(displayName(path.utf8))'")
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw TenonError(.corrupt, "'\(displayName(path.utf8))' is not a regular file")
        }
        byteCount = UInt64(information.st_size)
    }

    deinit {
        close(descriptor)
    }

    /// Exactly `count` bytes from `offset` on. Throws `corrupt` if the file ends before, `io` if the disk can't give them.
    package func read(at offset: UInt64, count: Int) throws(TenonError) -> [UInt8] {
        guard offset <= byteCount, UInt64(count) <= byteCount - offset else { throw tooShort }
        var failure: TenonError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(TenonError) {
                try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Fills `buffer` from `offset` on. Throws `corrupt` if the file ends before, `io` if the disk can't give its bytes: that may pass, and says
    /// nothing of what the file holds.
    package func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(TenonError) {
        try faults?.checkRead(of: path, offset..<(offset + UInt64(buffer.count)))
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset) + off_t(done))
            if count < 0 {
                let number = errno
                if number == EINTR { continue }
                throw TenonError(errno: number, "can't read '\(displayName(path.utf8))'")
            }
            guard count > 0 else { throw tooShort }
            done += count
        }
    }

    /// Tells the kernel that the file will be read from end to end.
    package func willReadSequentially() {
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    private var tooShort: TenonError {
        TenonError(.corrupt, "'\(displayName(path.utf8))' is damaged", cause: "it ends too early")
    }
}

extension ReadableFile: ByteSource {
    package var count: UInt64 { byteCount }
}
