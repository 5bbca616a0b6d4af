import Glibc
import TenonCore

/// Held while a stage runs in a work tree, by whoever runs it and by every process that its command has started: it does not run twice at a time, not
/// even after this process was killed and the command was not. Once the run is recorded, what the command left behind holds it no longer.
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
        path += [UInt8(ascii: "/")] + StageLock.fileName(stage) + Array(".lock".utf8)
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

    /// A stage's name may have any character but spaces, and more of them than a file's name: of such a one the beginning, with a hash of the whole (FNV-1a).
    private static func fileName(_ stage: String) -> [UInt8] {
        let escaped = stage.utf8.flatMap { byte in
            byte == UInt8(ascii: "/") || byte == UInt8(ascii: "%") ? Array("%\(String(byte, radix: 16))".utf8) : [byte]
        }
        guard escaped.count > longestName else { return escaped }
        let hash = escaped.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return escaped.prefix(longestName) + Array("%\(String(hash, radix: 16))".utf8)
    }

    /// Bytes; a file's name has 255 at most.
    private static let longestName = 200

    /// Frees it for all that have inherited it, too: they share one open file (flock(2)).
    package func release() { flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }
}

extension [UInt8] {
    fileprivate var zeroTerminatedPath: [CChar] { map { CChar(bitPattern: $0) } + [0] }
}
