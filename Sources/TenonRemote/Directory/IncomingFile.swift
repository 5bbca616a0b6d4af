import Glibc
import Synchronization
import TenonCore
import TenonFormat

/// A file on its way into a directory remote: written under a name of its own in the work directory, then given its final one.
///
/// A crash leaves it behind under the former; `Leftovers` removes it when it is old.
final class IncomingFile: Sendable {
    static let namePrefix = "incoming-"

    /// Bytes after which the file is forced to disk: a slow disk then shows that it moves.
    private static let syncInterval = 32 << 20

    private struct State: ~Copyable {
        let work: Descriptor
        let file: Descriptor
        var hasher: StreamingSHA256?
        var unsynced = 0
    }

    let root: String
    private let name: String
    private let state: Mutex<State>

    init(_ root: borrowing DirectoryRoot) throws {
        self.root = root.path
        let work = try root.workDirectory()
        let name = IncomingFile.namePrefix + String(UInt64.random(in: .min ... .max), radix: 16)
        self.name = name
        let file = Descriptor(
            try fileCall("write to the remote", root.path) {
                openat(work.number, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            })
        // No one may write to an object; who may read the root may read it.
        let mode = root.mode & 0o444 | 0o400
        try fileCall("write to the remote", root.path) { fchmod(file.number, mode) }
        state = Mutex(State(work: work, file: file, hasher: StreamingSHA256()))
    }

    func write(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            state.hasher?.update(bytes)
            try bytes.withUnsafeBytes { buffer in
                var rest = buffer[...]
                while !rest.isEmpty {
                    let count = try fileCall("write to the remote", root) {
                        Glibc.write(state.file.number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    }
                    rest = rest.dropFirst(count)
                }
            }
            state.unsynced += bytes.count
            if state.unsynced >= IncomingFile.syncInterval {
                state.unsynced = 0
                try fileCall("write to the remote", root) { fdatasync(state.file.number) }
            }
        }
    }

    /// Forces all to disk. The hash of what was written; the file's tag is settled from here on.
    func finish() throws -> (digest: Digest, status: stat) {
        try state.withLock { state in
            guard let hasher = state.hasher.take() else { throw TenonError(.internal, "a file of a remote is finished twice") }
            let written = try state.file.status(root)
            // The second is that of the disk or its server, which is the remote's clock; the rest makes the tag the only one of its kind.
            var times = [written.st_mtim, written.st_mtim]
            times[1].tv_nsec = Int.random(in: 0..<1_000_000_000)
            try fileCall("write to the remote", root) { futimens(state.file.number, times) }
            try fileCall("write to the remote", root) { fsync(state.file.number) }
            return (hasher.finalize(), try state.file.status(root))
        }
    }

    /// Gives the file its name in the directory `target` if that is free; `false` if not.
    func link(into target: Int32, as name: String) throws -> Bool {
        try state.withLock { state in
            if linkat(state.work.number, self.name, target, name, 0) == 0 { return true }
            let number = errno
            // A server's lost answer makes the client ask again, and find its own link (open(2), O_EXCL, on NFS): the count of links tells.
            if try state.file.status(root).st_nlink == 2 { return true }
            switch number {
            case EEXIST: return false
            case EPERM, EOPNOTSUPP, ENOSYS, EMLINK: throw NoLinks()
            default: throw directoryFailure(number, "write to the remote", root)
            }
        }
    }

    /// Gives the file its name in the directory `target`, in place of what has it.
    func rename(into target: Int32, as name: String) throws {
        try state.withLock { state in
            _ = try fileCall("write to the remote", root) { renameat(state.work.number, self.name, target, name) }
        }
    }

    /// Removes the name in the work directory; safe to repeat.
    func discard() {
        state.withLock { state in
            _ = unlinkat(state.work.number, name, 0)
        }
    }
}

/// The file system has no hard links.
struct NoLinks: Error {}
