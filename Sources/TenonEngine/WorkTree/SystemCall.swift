import Glibc
import TenonCore

/// Runs a system call again while it is interrupted by a signal, and returns its result or `-1`.
@discardableResult
func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// The error of a system call that has just failed, as a person should read it.
func systemError(_ message: String, _ number: Int32 = errno, hint: String? = nil) -> TenonError {
    let code: TenonError.Code =
        switch number {
        case ENOENT, ENOTDIR: .notFound
        case EACCES, EPERM, EROFS: .permission
        case ENOSPC, EDQUOT: .noSpace
        default: .io
        }
    return TenonError(code, message, cause: String(cString: strerror(number)), hint: hint)
}
