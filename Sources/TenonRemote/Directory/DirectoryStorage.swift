import Glibc
import Synchronization
import TenonCore

/// A remote that is a directory: on a disk, a network file system, or at the other end of an SSH connection. `docs/remotes.md` says what it promises.
package final class DirectoryStorage: RemoteStorage {
    package let location: String
    private let path: String
    package let settlesOnCreate = true
    private let hasCleaned = Mutex(false)
    /// Directories that were seen to stay after a power cut.
    private let settled = Mutex<Set<String>>([])

    /// `path` must be absolute. Throws `invalidArgument` if it can't be a remote's.
    package init(path: String) throws(TenonError) {
        guard path.hasPrefix("/"), path.utf8.count < 4000, !path.utf8.contains(0) else {
            throw TenonError(.invalidArgument, "'\(displayName(path.utf8))' can't be a remote", cause: "it is not an absolute path")
        }
        self.path = path
        location = displayName(path.utf8)
    }

    /// Makes the directory if the one it lies in is there.
    package func prepare() async throws {
        let path = path
        try await onFileThread {
            if mkdir(path, 0o777) != 0, errno != EEXIST { throw directoryFailure(errno, "make the remote", path) }
            _ = try DirectoryRoot(path)
        }
    }

    package func list(_ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) async throws -> ObjectPage {
        try await onRoot { try DirectoryWalk(prefix: prefix, after: name, limit: limit).run($0) }
    }

    package func head(_ name: ObjectName) async throws -> ObjectEntry? {
        try await onRoot { root in
            guard let place = try root.place(of: name) else { return nil }
            return try place.entry(name)
        }
    }

    package func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice? {
        guard let file = try await onRoot({ try ObjectFile($0, name) }) else { return nil }
        let part = try range.resolved(size: file.entry.size, of: name)
        var offset = part.lowerBound
        while offset < part.upperBound {
            let count = Int(min(UInt64(ObjectBody.pieceSize), part.upperBound - offset))
            let place = offset
            try await sink.write(try await onFileThread { try file.read(at: place, count: count) })
            offset += UInt64(count)
        }
        return ObjectSlice(entry: file.entry, range: part)
    }

    package func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome {
        try await create(name, digest: body.digest) { take in try await body.forEachPiece(take) }
    }

    /// The same for bytes that `feed` gives one piece after the other. Throws `corrupt` if they are not those that `digest` names.
    func create(
        _ name: ObjectName, digest: Digest, _ feed: @escaping @Sendable (@Sendable ([UInt8]) async throws -> Void) async throws -> Void
    ) async throws -> CreateOutcome {
        if try await head(name) != nil {
            try await onRoot { try self.settle(name, $0) }
            return .alreadyThere
        }
        return try await withIncoming { file in
            try await feed { piece in try await onFileThread { try file.write(piece) } }
            return try await self.onRoot { root in
                let (written, status) = try file.finish()
                guard written == digest else { throw ObjectBody.changed(digest) }
                self.clean(root, now: status.st_mtim.tv_sec)
                let directory = try root.makeDirectory(name.components.dropLast())
                let isPlaced = try root.place(file, in: directory, as: name)
                try self.settle(name, root)
                return isPlaced ? .created : .alreadyThere
            }
        }
    }

    /// Forces the way to an object to disk: its entry, and those of the directories on the way. Whoever made them may have been stopped before, or failed.
    private func settle(_ name: ObjectName, _ root: borrowing DirectoryRoot) throws {
        var components = name.components.dropLast()
        guard let directory = try root.directory(components) else { return }
        try synchronize(directory, root.path)
        while !components.isEmpty {
            let path = components.joined(separator: "/")
            components = components.dropLast()
            if settled.withLock({ $0.contains(path) }) { continue }
            guard let parent = try root.directory(components) else { return }
            try synchronize(parent, root.path)
            settled.withLock { _ = $0.insert(path) }
        }
    }

    package func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome {
        guard try await head(name)?.tag == tag else { return .changed }
        return try await withIncoming { file in
            try await self.onRoot { root in
                try file.write(bytes)
                let (_, status) = try file.finish()
                return try DirectoryLock.holding(root) { root in
                    guard let place = try root.place(of: name), try place.entry(name)?.tag == tag else { return .changed }
                    try file.rename(into: place.directory.number, as: place.name)
                    try synchronize(place.directory, root.path)
                    return .replaced(ObjectTag(status))
                }
            }
        }
    }

    package func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome {
        guard try await head(name) != nil else { return .missing }
        return try await onRoot { root in
            try DirectoryLock.holding(root) { root in
                guard let place = try root.place(of: name), let entry = try place.entry(name) else { return .missing }
                guard entry.tag == tag else { return .changed }
                try fileCall("remove from the remote", place.path) { unlinkat(place.directory.number, place.name, 0) }
                try synchronize(place.directory, root.path)
                return .deleted
            }
        }
    }

    private func withIncoming<Value: Sendable>(_ body: @escaping @Sendable (IncomingFile) async throws -> Value) async throws -> Value {
        let file = try await onRoot { try IncomingFile($0) }
        do {
            let value = try await body(file)
            try await onFileThread { file.discard() }
            return value
        } catch {
            // Not awaited: the task may be cancelled because the file server is gone.
            Task.detached { try? await onFileThread { file.discard() } }
            throw error
        }
    }

    private func onRoot<Value: Sendable>(_ body: @escaping @Sendable (borrowing DirectoryRoot) throws -> Value) async throws -> Value {
        let path = path
        return try await onFileThread { try body(DirectoryRoot(path)) }
    }

    /// Once for each opening of the remote. A failure is nobody's: the next writer tries again.
    private func clean(_ root: borrowing DirectoryRoot, now: Int) {
        let isFirst = hasCleaned.withLock { done in
            defer { done = true }
            return !done
        }
        if isFirst { try? Leftovers.remove(root, now: now) }
    }
}
