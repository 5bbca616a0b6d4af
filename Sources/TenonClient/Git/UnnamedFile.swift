import Glibc
import TenonCore

/// Bytes for a program to read, in a file that nothing is left of.
final class UnnamedFile {
    /// Stands at its beginning.
    let descriptor: CInt

    init(_ bytes: [UInt8], environment: ClientEnvironment) throws(TenonError) {
        var template = Array("\(environment["TMPDIR"] ?? "/tmp")/tenon-XXXXXX".utf8CString)
        descriptor = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.map { mkstemp($0) } ?? -1 }
        guard descriptor >= 0 else {
            throw TenonError(.io, "no temporary file can be made", cause: reason(errno), hint: "TMPDIR names a directory for them")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        guard writeAll(bytes, to: descriptor) else { throw TenonError(.io, "a temporary file can't be written", cause: reason(errno)) }
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { close(descriptor) }
}
