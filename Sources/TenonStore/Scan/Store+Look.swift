import TenonCore
import TenonFormat

extension Store {
    /// What lies at `place` now. Reads only what the stat cache can't vouch for; stores nothing.
    ///
    /// Throws `changedWhileReading` for a file that does not keep still, `invalidArgument` for what can't be content, `cancelled`.
    package func look(_ place: ArtifactPlace, progress: ProgressSink) throws -> Observation {
        guard let tree = try examine(place, progress) else { return .absent }
        return .present(try content(of: tree))
    }

    /// Everything that lies at `place` now, with the oids of files that have not changed since they were read. It is walked, or if it is watched
    /// remembered.
    ///
    /// - Parameter age: walk it if the last walk is longer ago than this.
    func scan(_ place: ArtifactPlace, _ progress: ProgressSink, afterAge age: Duration? = nil) throws -> ArtifactTree? {
        lateNotes.wait(for: place)
        return try scanAtOnce(place, progress, afterAge: age)
    }

    private func scanAtOnce(_ place: ArtifactPlace, _ progress: ProgressSink, afterAge age: Duration? = nil) throws -> ArtifactTree? {
        // Other names of a file come and go without a change of it, and each is an event.
        if !place.sharesFiles, let hold = watcher?.begin(place) {
            return try WatchedLook(place: place, cache: statCache, hold: hold, age: age).scan(progress)
        }
        return try Scanner(place: place, cache: statCache).scan(progress)
    }

    /// What lies at `place` now, with the oid of every file.
    func examine(_ place: ArtifactPlace, _ progress: ProgressSink) throws -> ArtifactTree? {
        try Store.retryingVanished {
            guard let tree = try scan(place, progress) else { return nil }
            try FileDigester(tree: tree, progress: progress).digest(tree.unknownFiles())
            remember(tree, at: place)
            return tree
        }
    }

    /// What a tree consists of, every oid known; from memory if it is the same as lately.
    func content(of tree: ArtifactTree) throws -> Content {
        if let content = tree.hold?.content { return content }
        let content = try compute(tree)
        tree.hold?.content = content
        return content
    }

    func compute(_ tree: ArtifactTree) throws -> Content {
        guard let fingerprint = tree.fingerprint() else { return try tree.content { _, _ in } }
        if let content = statCache.content(of: fingerprint) { return content }
        let content = try tree.content { _, _ in }
        statCache.keep(content, of: fingerprint)
        return content
    }

    /// Writes what is new in `tree` to the stat cache.
    func remember(_ tree: ArtifactTree, at place: ArtifactPlace) {
        if tree.isUnchanged { return }
        var updates = tree.nodes.filter(\.isCacheStale).map { StatCache.Update(path: $0.path, row: StatCacheRow.pack($0)) }
        if !updates.isEmpty {
            // Rows of directories that are gone are dropped when something else is written anyway.
            let present = Set(tree.nodes.map(\.path))
            updates += statCache.paths(of: place).filter { !present.contains($0) }.map { StatCache.Update(path: $0, row: nil) }
        }
        statCache.apply(updates, to: place)
        for node in tree.nodes { node.noteCached() }
    }

    /// Lets the stat cache know files that were written, soon: of each of `entries` the stat that it had when it was closed, if what lies there then
    /// still has it.
    func rememberLater(_ entries: [ManifestEntry], _ stamps: [Int: FileStamp], at place: ArtifactPlace) {
        lateNotes.add(place) { [self] in
            guard let tree = try? scanAtOnce(place, ProgressSink()) else { return }
            var next = 0
            try? tree.forEachEntry { node, index, path in
                while next < entries.count, entries[next].path.lexicographicallyPrecedes(path) { next += 1 }
                guard next < entries.count, entries[next].path.elementsEqual(path), let stamp = stamps[next] else { return }
                let item = node.items[index]
                guard item.kind.isFile, item.stamp.agreesBeyondRename(with: stamp) else { return }
                node.items[index].oid = entries[next].oid
                node.items[index].isKnown = true
                node.items[index].isTrusted = true
                node.items[index].isCached = false
            }
            remember(tree, at: place)
        }
    }

    private static let scanAttempts = 3

    /// Runs `body` again when a file that it had found was gone when it was to be read.
    static func retryingVanished<Result>(_ body: () throws -> Result) throws -> Result {
        for _ in 1..<scanAttempts {
            do {
                return try body()
            } catch is SteadyRead.Vanished {}
        }
        do {
            return try body()
        } catch let error as SteadyRead.Vanished {
            throw error.tenonError
        }
    }
}
