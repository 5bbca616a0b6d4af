import TenonCore
import TenonFormat
import TenonRemote

/// Replaces index objects of a remote whose bytes are not their names: what they said stands in the footers of the packs.
struct RemoteIndexRepair: Sendable {
    let view: RemoteView
    /// Whether indexes are read again that are known here.
    let readsAll: Bool

    /// Loads the indexes that are good; returns those that were damaged and are replaced.
    func run() async throws -> [Digest] {
        var good: [RemoteIndex] = []
        var damaged: [(id: Digest, name: ObjectName, tag: ObjectTag)] = []
        for (id, size) in try await view.listIndexes() {
            let name = try ObjectName(RemoteName.index(id))
            if !readsAll, let known = view.keptIndex(id) {
                good.append(known)
            } else if let (bytes, found) = try await view.remote.contents(of: name, limit: Int(min(size, UInt64(RemoteIndex.maximumLength)))) {
                if SHA256Hasher.hash(bytes) == id {
                    good.append(try RemoteIndex(parsing: bytes))
                } else {
                    damaged.append((id, name, found.tag))
                }
            }
        }
        view.take(good)
        guard !damaged.isEmpty else { return [] }
        for pack in try await packs(besides: Set(good.flatMap(\.packs))) {
            do {
                let opened = try await RemotePack.open(pack, on: view.remote)
                try await view.write(RemoteIndex([(pack, opened.footer)]))
            } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent {
                // A pack that is damaged is for whoever looks at packs. One that can't be reached must be listed before what listed it goes.
                continue
            }
        }
        for index in damaged {
            // Where an index made anew is the very one that was damaged, it has to go first; its packs list it until it is back.
            _ = try await view.remote.delete(index.name, index.tag)
            if let again = view.index(index.id) { try await view.write(again) }
        }
        try await view.mergeSmallIndexes()
        return damaged.map(\.id)
    }

    private func packs(besides known: Set<RemoteIndex.Pack>) async throws -> [RemoteIndex.Pack] {
        let known = Set(known.map { RemoteName.pack($0.id) })
        var packs: [RemoteIndex.Pack] = []
        for try await entry in view.remote.objects(try ObjectPrefix(RemoteName.packs)) {
            guard !known.contains(entry.name.text), let id = RemoteName.packID(entry.name.text), !view.condemned.packs.contains(id) else { continue }
            packs.append(RemoteIndex.Pack(id: id, length: entry.size))
        }
        return packs
    }
}
