import Glibc
import TenonCore

/// An open file or directory, closed when it goes.
struct Descriptor: ~Copyable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// What fstat(2) says.
    func status(_ path: String) throws -> stat {
        var status = stat()
        try fileCall("look at", path) { fstat(number, &status) }
        return status
    }
}

/// Runs a system call again while a signal interrupts it. Throws what `directoryFailure` makes of its error.
@discardableResult
func fileCall<Result: SignedInteger>(_ action: String, _ path: String, _ call: () -> Result) throws -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        let number = errno
        if number != EINTR { throw directoryFailure(number, action, path) }
    }
}

/// The error of a system call on a file of a remote: transient where a file server may be back in a moment.
func directoryFailure(_ number: Int32, _ action: String, _ path: String) -> any Error {
    let message = "can't \(action) '\(displayName(path.utf8))'"
    let cause = systemText(number)
    switch number {
    case ENOSPC, EDQUOT:
        return TenonError(.noSpace, message, cause: cause, hint: "free some space on the remote's volume, or raise your quota there")
    case ENOENT: return TenonError(.notFound, message, cause: cause, hint: "if it is on another disk or server, is that mounted?")
    case ENOTDIR, ELOOP: return TenonError(.corrupt, message, cause: "a symlink or a file lies where a directory should")
    case EROFS: return TenonError(.permission, message, cause: cause, hint: "the remote is mounted read-only: it can be fetched from, not pushed to")
    case EACCES, EPERM: return TenonError(.permission, message, cause: cause, hint: "ask whoever owns the remote's directory for access")
    case EXDEV:
        return TenonError(.unsupported, message, cause: "part of the remote is on another volume", hint: "keep the whole remote on one volume")
    case ESTALE, ETIMEDOUT, EIO, EAGAIN, EBUSY, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ECONNRESET, ENOTCONN:
        return TransientFailure(
            TenonError(.remote, message, cause: cause, hint: "check the disk or file server, then run the command again"), isAnswer: false)
    default: return TenonError(.io, message, cause: cause)
    }
}

/// What the C library says of an error number.
func systemText(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
