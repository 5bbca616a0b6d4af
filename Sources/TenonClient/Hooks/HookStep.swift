import Glibc
import TenonCore

/// One change that installing or uninstalling makes. Paths are absolute.
package enum HookStep: Sendable, Hashable {
    /// Writes a file whole, for its owner to run and all to read as the process's mask allows; what lay there is replaced in one step.
    case write(path: String, text: String, isExecutable: Bool)
    /// Gives a file a second name that is free; the first is about to be written over.
    case keep(path: String, as: String)
    /// Renames a file, over what lies there.
    case move(path: String, to: String)
    case remove(path: String)
    /// Removes a directory if it is empty.
    case removeDirectory(path: String)
    /// Adds to, or takes out of, the repository's configuration the line that includes Tenon's part.
    case include
    case exclude
}

extension HookStep {
    /// Does it. Throws with what the operating system says; steps that were done already are done again without harm.
    func execute(git: GitCommand) throws(TenonError) {
        switch self {
        case .write(let path, let text, let isExecutable): try HookStep.write(Array(text.utf8), to: path, mode: isExecutable ? 0o777 : 0o666)
        case .keep(let path, let name): try HookStep.keep(path, as: name)
        case .move(let path, let target): try HookStep.check(rename(path, target), "'\(path)' can't be renamed to '\(target)'")
        case .remove(let path): try HookStep.check(unlink(path) == 0 || errno == ENOENT ? 0 : -1, "'\(path)' can't be removed")
        case .removeDirectory(let path): rmdir(path)
        case .include: try HookStep.configure(git, ["--add", "include.path", HookSurvey.configurationName])
        case .exclude:
            let pattern = HookSurvey.configurationName.split(separator: ".").joined(separator: #"\."#)
            try HookStep.configure(git, ["--unset-all", "include.path", "^\(pattern)$"])
        }
    }

    private static func keep(_ path: String, as name: String) throws(TenonError) {
        if link(path, name) == 0 { return }
        let number = errno
        var (first, second) = (stat(), stat())
        // A crash may have come between this step and the next: then it is the same file.
        if number == EEXIST, lstat(path, &first) == 0, lstat(name, &second) == 0, first.st_ino == second.st_ino, first.st_dev == second.st_dev {
            return
        }
        // No links on this file system, or of this kind of file.
        if number == EPERM || number == EOPNOTSUPP, access(name, F_OK) != 0, rename(path, name) == 0 { return }
        errno = number
        try check(-1, "'\(path)' can't be kept as '\(name)'")
    }

    private static func configure(_ git: GitCommand, _ arguments: [String]) throws(TenonError) {
        let answer = try git.output(["config", "--local"] + arguments, limit: 64 << 10)
        guard answer.status == 0 else { throw TenonError(.git, "the repository's configuration can't be changed", cause: answer.complaint) }
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(TenonError) {
        try makeDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        let temporary = "\(path).tenon-\(getpid())"
        let what = "'\(path)' can't be written"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        try check(descriptor, what)
        var failed = !writeAll(bytes, to: descriptor) || fsync(descriptor) != 0
        failed = close(descriptor) != 0 || failed
        if failed || rename(temporary, path) != 0 {
            let number = errno
            unlink(temporary)
            errno = number
            try check(-1, what)
        }
    }

    private static func makeDirectory(_ path: String) throws(TenonError) {
        if access(path, F_OK) == 0 { return }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try makeDirectory(String(path[..<slash])) }
        try check(mkdir(path, 0o777) == 0 || errno == EEXIST ? 0 : -1, "'\(path)' can't be made")
    }

    private static func check(_ result: CInt, _ what: String) throws(TenonError) {
        guard result < 0 else { return }
        let isRefused = errno == EACCES || errno == EPERM || errno == EROFS
        throw TenonError(
            isRefused ? .permission : .io, "the hooks could not be changed", cause: "\(displayName(what.utf8)): \(reason(errno))",
            hint: isRefused ? "make it writable, or go without hooks: tenon init --no-hooks" : nil)
    }
}
