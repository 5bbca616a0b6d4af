import Glibc
import TenonCore
import TenonStore

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

/// Whether nothing lies at an absolute path.
func isAbsent(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) != 0 && (errno == ENOENT || errno == ENOTDIR)
}

/// Makes a directory, and those that it lies in.
func makeDirectories(_ path: String, mask: CreationMask) throws {
    if makeDirectory(path, mask) { return }
    switch errno {
    case EEXIST:
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw TenonError(.conflict, "'\(displayName(path.utf8))' can't be written to", cause: "it is not a directory")
        }
    case ENOENT:
        guard let slash = path.utf8.lastIndex(of: 0x2F), slash != path.startIndex else {
            throw systemError("'\(displayName(path.utf8))' can't be made")
        }
        try makeDirectories(String(path[..<slash]), mask: mask)
        if !makeDirectory(path, mask), errno != EEXIST { throw systemError("'\(displayName(path.utf8))' can't be made") }
    default:
        throw systemError("'\(displayName(path.utf8))' can't be made")
    }
}

/// Whether it could be made; `errno` says why not.
private func makeDirectory(_ path: String, _ mask: CreationMask) -> Bool {
    guard mkdir(path, mask.mode(0o777)) == 0 else { return false }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    if descriptor >= 0 {
        CreationMask.complete(descriptor, mode: mask.mode(0o777))
        close(descriptor)
    }
    return true
}
