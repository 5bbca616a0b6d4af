import Glibc
import TenonCore

/// A look at a watched artifact: what was touched since the last one is looked at again; where that can't be told, all is walked.
///
/// What is in memory is as sound as a walk: a file's bytes are known by a stat that was trusted when they were read (see `TrustRule`), so whoever
/// changes them afterwards must open the file, which is an event, and the first change of every new mapping shows in the stat.
struct WatchedLook {
    let place: ArtifactPlace
    let cache: StatCache
    let hold: WatchHold
    /// Memory of a walk longer ago is not used; `nil`: of any age.
    var age: Duration?

    /// Everything that lies there; `nil` if nothing does. As `Scanner.scan`.
    func scan(_ progress: ProgressSink) throws -> ArtifactTree? {
        if let memory = hold.takeMemory(), !isTooOld(memory), let tree = try recall(memory, progress) { return tree }
        hold.reset()
        return try Scanner(place: place, cache: cache, hold: hold).scan(progress)
    }

    private func isTooOld(_ memory: WatchMemory) -> Bool {
        age.map { memory.walked.duration(to: .now) > $0 } ?? false
    }

    /// What the last look has found, brought up to date; `nil` if it is not to be relied on.
    private func recall(_ memory: WatchMemory, _ progress: ProgressSink) throws -> ArtifactTree? {
        guard let root = try? DirectoryHandle.open(absolute: place.workTreeRoot),
            let parent = try? root.directory(place.path.parent?.bytes ?? [])
        else { return nil }
        // Seeing this come back proves that all earlier events were seen, and that there are any.
        let openings = hold.openings
        guard let base = try? memory.kind == .tree ? root.directory(place.path.bytes) : root.directory(place.path.parent?.bytes ?? []),
            try base.identity() == memory.identity, let touches = hold.takeTouches(openedAfter: openings)
        else { return nil }
        var update = MemoryUpdate(memory: memory, base: base, scanner: Scanner(place: place, cache: cache, hold: hold))
        guard try update.apply(touches, progress) else { return nil }
        if update.hasChanged { memory.content = nil }
        hold.keep(memory, isUnchanged: !update.hasChanged)
        let isInside = try memory.kind == .file || base.isOnSameVolume(as: parent)
        return ArtifactTree(kind: memory.kind, base: base, nodes: memory.nodes, trust: TrustRule(parent: isInside ? parent : base), hold: hold)
    }
}
