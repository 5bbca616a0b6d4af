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

    /// The indexes with these names, from disk or from the remote; those on disk that are none of them go. `nil`: one of them is gone.
    func indexes(_ ids: [Digest], of remote: Remote) async throws -> [RemoteIndex]? {
        var indexes: [RemoteIndex] = []
        for id in ids {
            if let known = kept(id) {
                indexes.append(known)
                continue
            }
            guard let (bytes, _) = try await remote.contents(of: ObjectName(RemoteName.index(id)), limit: RemoteIndex.maximumLength) else {
                return nil
            }
            let index = try RemoteIndex(parsing: bytes)
            guard index.id == id else {
                throw TenonError(
                    .corrupt, "an index on '\(remote.location)' is damaged", cause: "its SHA-256 is not its name \(id.hex)",
                    hint: "tenon fsck --repair writes it again from the packs")
            }
            keep(index)
            indexes.append(index)
        }
        forget(allBut: Set(ids))
        return indexes
    }

    /// Keeps one that was read or written. A full disk is no reason to fail.
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
