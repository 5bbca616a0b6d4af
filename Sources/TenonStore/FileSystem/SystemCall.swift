import Glibc
import TenonCore

/// Runs a system call again while a signal interrupts it. Returns its result, or throws an error that says what failed on what.
@discardableResult
func systemCall<Result: SignedInteger>(
    _ what: @autoclosure () -> String, _ path: @autoclosure () -> String, _ call: () -> Result
) throws(TenonError) -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        let number = errno
        if number == EINTR { continue }
        throw TenonError(errno: number, "can't \(what()) '\(displayName(path().utf8))'")
    }
}

extension TenonError {
    /// The error of a system call, by its `errno`: the code, the reason in words and, where one helps, a hint.
    package init(errno number: Int32, _ message: String) {
        let code: Code
        var hint: String?
        switch number {
        case ENOSPC, EDQUOT:
            code = .noSpace
            hint = "free some space on the store's volume and try again"
        case ENOENT, ENOTDIR: code = .notFound
        case EACCES, EPERM, EROFS: code = .permission
        case EEXIST: code = .conflict
        default: code = .io
        }
        self.init(code, message, cause: systemMessage(number), hint: hint)
    }
}

/// What the C library says of an error number.
func systemMessage(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
