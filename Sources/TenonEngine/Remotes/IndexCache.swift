import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// A remote's indexes on this machine's disk, by their names. It may be lost: then they are read again.
struct IndexCache: Sendable {
    /// Directories of the store: for all remotes, and for this one.
    private let parent: String
    private let directory: String
    private let fileSystem: FileSystem
    /// Which snapshots the remote was seen to have.
    let known: KnownSnapshots

    init(store: Store, remoteID: String) {
        known = KnownSnapshots(store: store, remoteID: remoteID)
        parent = "\(store.home)/remotes"
        directory = "\(parent)/\(remoteID)"
        fileSystem = store.options.fileSystem
    }

    /// The indexes with these names and of these sizes, from disk or from the remote, and what is wrong with those that are damaged; those on disk that
    /// are none of them go. `nil`: one of them is gone.
    func indexes(_ listed: [(id: Digest, size: UInt64)], of remote: Remote) async throws -> (good: [RemoteIndex], damaged: [TenonError])? {
        let answers = try await ConcurrentWork.answers(listed) { id, size -> Result<RemoteIndex, TenonError>? in
            if let known = try await onFileThread({ kept(id) }) { return .success(known) }
            let limit = Int(min(size, UInt64(RemoteIndex.maximumLength)))
            guard let (bytes, _) = try await remote.contents(of: ObjectName(RemoteName.index(id)), limit: limit) else { return nil }
            return try await onFileThread {
                guard let index = try? RemoteIndex(parsing: bytes), index.id == id else {
                    return .failure(
                        TenonError(
                            .corrupt, "index \(id.hex) on '\(remote.location)' is damaged", cause: "its SHA-256 is not its name",
                            hint: "tenon fsck --repair writes it again from the packs"))
                }
                keep(index)
                return .success(index)
            }
        }
        guard !answers.contains(where: { $0 == nil }) else { return nil }
        try await onFileThread { forget(allBut: Set(listed.map(\.id))) }
        var (good, damaged): ([RemoteIndex], [TenonError]) = ([], [])
        for answer in answers.compactMap(\.self) {
            switch answer {
            case .success(let index): good.append(index)
            case .failure(let error): damaged.append(error)
            }
        }
        return (good, damaged)
    }

    /// Keeps one that was read or written. A full disk is no reason to fail. Blocks, as `kept` does.
    func keep(_ index: RemoteIndex) {
        try? fileSystem.makeDirectory(parent)
        try? fileSystem.makeDirectory(directory)
        try? fileSystem.replace(path(index.id), with: index.bytes)
    }

    /// An index that was kept, if it is whole.
    func kept(_ id: Digest) -> RemoteIndex? {
        guard let bytes = try? fileSystem.contents(of: path(id), limit: RemoteIndex.maximumLength), let index = try? RemoteIndex(parsing: bytes),
            index.id == id
        else { return nil }
        return index
    }

    private func forget(allBut ids: Set<Digest>) {
        for name in (try? fileSystem.names(in: directory)) ?? [] {
            if let id = RemoteName.indexID(RemoteName.indexes + name), ids.contains(id) { continue }
            try? fileSystem.remove("\(directory)/\(name)")
        }
    }

    private func path(_ id: Digest) -> String { "\(directory)/\(id.hex).index" }
}
