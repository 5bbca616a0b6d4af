import Glibc
import TenonCore

/// Held while a stage runs in a work tree, by whoever runs it and by every process that its command has started: it does not run twice at a time, not
/// even after this process was killed and the command was not.
package final class StageLock {
    let descriptor: CInt

    /// Throws `busy` if the stage runs already.
    ///
    /// - Parameter gitDirectory: absolute path of the work tree's own Git directory.
    package init(stage: String, gitDirectory: [UInt8]) throws(TenonError) {
        let what = "the stage '\(displayName(stage.utf8))' can't run"
        var path = gitDirectory
        for name in ["tenon", "stages"] {
            path += [UInt8(ascii: "/")] + Array(name.utf8)
            if mkdir(path.zeroTerminatedPath, 0o777) != 0, errno != EEXIST { throw TenonError(.io, what, cause: reason(errno)) }
        }
        // A stage's name may have any character but spaces.
        path +=
            [UInt8(ascii: "/")]
            + stage.utf8.flatMap { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") ? Array("%\(String($0, radix: 16))".utf8) : [$0] }
        path += Array(".lock".utf8)
        let opened = open(path.zeroTerminatedPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else { throw TenonError(.io, what, cause: reason(errno)) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(opened)
            guard number == EWOULDBLOCK else { throw TenonError(.io, what, cause: reason(number)) }
            throw TenonError(
                .busy, what, cause: "it runs already in this work tree",
                hint: "wait for it; if it was left behind by a command that was killed, end its processes: fuser \(displayName(path))")
        }
        descriptor = opened
    }

    deinit { close(descriptor) }
}

extension [UInt8] {
    fileprivate var zeroTerminatedPath: [CChar] { map { CChar(bitPattern: $0) } + [0] }
}
