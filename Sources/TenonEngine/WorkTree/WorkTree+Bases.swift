import TenonCore
import TenonFormat
import TenonStore

extension WorkTree {
    /// Notes that data and pointer of an artifact agree, and has the daemon make that last; `nil`: that nothing is known of it any more.
    func settle(_ path: RelativePath, on pointer: Pointer?, in bases: inout BaseTable) throws {
        let base = pointer.map { Base.agreed(on: $0, after: bases[path], boot: self.bases.boot) }
        bases[path] = base
        if case .written = base { try noteUnsynced(path) }
    }

    /// To be called before the first file of an artifact is moved: from then on it counts as not on disk.
    func beginMove(of path: RelativePath) throws {
        engine.moves.begin(MoveCounts.Artifact(workTree: lockName, path: path))
        try noteUnsynced(path)
    }

    private func noteUnsynced(_ path: RelativePath) throws {
        let sync = try WorkTreeSync(try place(path), fileSystem: engine.fileSystem)
        if unsynced.syncs[sync.device] == nil { unsynced.syncs[sync.device] = sync }
        unsynced.moves[path] = engine.moves.count(of: MoveCounts.Artifact(workTree: lockName, path: path))
    }

    /// An artifact is half moved, and not by this daemon: a power cut may have left stats of files whose bytes it took back.
    func doubtStatCache(of path: RelativePath) throws {
        guard engine.moves.isNews(MoveCounts.Artifact(workTree: lockName, path: path)) else { return }
        engine.store.forgetStats(of: try place(path))
    }
}
