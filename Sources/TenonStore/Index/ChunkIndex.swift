import Dispatch
import Glibc
import Logging
import Synchronization
import TenonCore
import TenonFormat

/// Where every object of the store lies: immutable segments, merged in the background so that their number stays small.
///
/// Everything in it can be made again from the footers of packs; nothing here is ever forced to disk. Look-ups take a view that no one changes;
/// each change makes a new view.
final class ChunkIndex: Sendable {
    private struct State {
        var segments: [IndexSegment] = []
        /// The packs that count, by their numbers in the catalog.
        var numbers: [PackID: UInt32] = [:]
        var damaged: Set<UInt64> = []
        var view = IndexView(segments: [], numbers: [:], damaged: [])
        var isMerging = false

        mutating func makeView() {
            view = IndexView(segments: segments, numbers: numbers, damaged: damaged)
        }
    }

    private let directory: String
    private let fileSystem: FileSystem
    private let log: Logger
    private let state = Mutex(State())
    private let mergeQueue = DispatchQueue(label: "tenon.index.merge", qos: .utility)

    static let fileSuffix = ".index"
    /// Segments in memory beyond this number, or with more entries than the next, go into a file.
    private static let memorySegmentLimit = 8
    private static let memoryEntryLimit = 128 << 10
    /// Files up to this length are checked as a whole when the store is opened; longer ones in the background.
    private static let checkedAtOpen = 64 << 20
    /// Segments are merged until each is at least this many times the sum of those smaller.
    private static let growth = 3

    init(directory: String, fileSystem: FileSystem, log: Logger) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.log = log
    }

    /// What look-ups see now.
    var view: IndexView { state.withLock { $0.view } }

    // MARK: Opening and closing

    /// Takes the index files that are good and removes the others. Returns the packs they cover.
    func load() throws(TenonError) -> Set<PackID> {
        var segments: [IndexSegment] = []
        for name in try fileSystem.names(in: directory) {
            let path = directory + "/" + name
            guard name.hasSuffix(ChunkIndex.fileSuffix) else {
                try fileSystem.remove(path)
                continue
            }
            do throws(TenonError) {
                let segment = try IndexSegment(memory: SegmentMemory(mapping: path), path: path)
                guard segment.byteCount > ChunkIndex.checkedAtOpen || segment.verify() else {
                    throw TenonError(.corrupt, "index file '\(name)' is damaged", cause: "its checksum is wrong")
                }
                segments.append(segment)
            } catch {
                log.notice("removing an index file; it is made again from packs", metadata: ["file": "\(path)", "reason": "\(error)"])
                try fileSystem.remove(path)
            }
        }
        segments = try withoutRedundant(segments)
        for segment in segments where segment.byteCount > ChunkIndex.checkedAtOpen { checkLater(segment) }
        return state.withLock { state in
            state.segments = segments
            state.makeView()
            return Set(segments.flatMap { $0.packs })
        }
    }

    /// Removes files whose packs are all covered by larger ones: what a merge leaves that was cut short.
    private func withoutRedundant(_ segments: [IndexSegment]) throws(TenonError) -> [IndexSegment] {
        var covered: Set<PackID> = []
        var kept: [IndexSegment] = []
        for segment in segments.sorted(by: { $0.packs.count > $1.packs.count }) {
            if covered.isSuperset(of: segment.packs) {
                if let path = segment.path { try fileSystem.remove(path) }
            } else {
                covered.formUnion(segment.packs)
                kept.append(segment)
            }
        }
        return kept
    }

    private func checkLater(_ segment: IndexSegment) {
        mergeQueue.async { [self] in
            guard !segment.verify() else { return }
            log.error("an index file is damaged; it is made again when the store is opened next", metadata: ["file": "\(segment.path ?? "")"])
            if let path = segment.path { try? fileSystem.remove(path) }
            state.withLock { state in
                state.segments.removeAll { $0 === segment }
                state.makeView()
            }
        }
    }

    /// Writes what is in memory only into files, so that the next start need not read the footers again. Waits for a merge under way.
    func close() {
        mergeQueue.sync {
            let hasMemory = state.withLock { state in state.segments.contains { $0.path == nil } }
            if hasMemory { merge(all: false) }
        }
    }

    // MARK: Changes

    /// Sets which packs count and which blocks don't.
    func set(numbers: [PackID: UInt32], damaged: some Sequence<BlockAddress>) {
        state.withLock { state in
            state.numbers = numbers
            state.damaged = Set(damaged.map { $0.packed })
            state.makeView()
        }
    }

    /// Takes in packs that have been listed; `segments` hold their objects.
    func add(_ packs: [(id: PackID, number: UInt32)], segments: [IndexSegment]) {
        let needsMerge = state.withLock { state in
            for pack in packs { state.numbers[pack.id] = pack.number }
            state.segments += segments
            state.makeView()
            let inMemory = state.segments.filter { $0.path == nil }
            let isDue =
                inMemory.count > ChunkIndex.memorySegmentLimit
                || inMemory.reduce(0) { $0 + $1.entryCount } > ChunkIndex.memoryEntryLimit
            guard isDue, !state.isMerging else { return false }
            state.isMerging = true
            return true
        }
        if needsMerge {
            mergeQueue.async { [self] in
                merge(all: false)
                state.withLock { $0.isMerging = false }
            }
        }
    }

    /// Forgets packs that the catalog has unlisted.
    func remove(_ packs: [PackID]) {
        state.withLock { state in
            for pack in packs { state.numbers[pack] = nil }
            state.makeView()
        }
    }

    /// From now on, what lies in the block does not count. Whether that is new.
    func markDamaged(_ address: BlockAddress) -> Bool {
        state.withLock { state in
            guard state.damaged.insert(address.packed).inserted else { return false }
            state.makeView()
            return true
        }
    }

    /// What lies in these blocks counts again.
    func clearDamage(_ addresses: [BlockAddress]) {
        state.withLock { state in
            state.damaged.subtract(addresses.map { $0.packed })
            state.makeView()
        }
    }

    /// Throws the whole index away, files and all. Waits for a merge under way.
    func removeAll() throws {
        try mergeQueue.sync {
            let files = state.withLock { state in
                defer {
                    state.segments = []
                    state.numbers = [:]
                    state.damaged = []
                    state.makeView()
                }
                return state.segments.compactMap(\.path)
            }
            for path in files { try fileSystem.remove(path) }
        }
    }

    // MARK: Merging

    /// Merges the segments in memory and those files that have become too small beside them into one file. On failure all stays as it was.
    private func merge(all: Bool) {
        let (chosen, numbers) = state.withLock { state in (ChunkIndex.choose(state.segments, all: all), state.numbers) }
        guard !chosen.isEmpty else { return }
        let name = directory + "/" + randomName()
        do {
            let merged = try SegmentMerger(segments: chosen, isListed: { numbers[$0] != nil })
                .write(to: name + ".tmp", finalPath: name + ChunkIndex.fileSuffix, fileSystem: fileSystem)
            state.withLock { state in
                state.segments.removeAll { segment in chosen.contains { $0 === segment } }
                state.segments.append(merged)
                state.makeView()
            }
            for segment in chosen {
                if let path = segment.path { try fileSystem.remove(path) }
            }
        } catch {
            _ = unlink(name + ".tmp")
            log.warning("the chunk index could not be merged", metadata: ["reason": "\(error)"])
        }
    }

    /// All segments in memory, and each file, from the smallest up, that is not much larger than all chosen before it together.
    private static func choose(_ segments: [IndexSegment], all: Bool) -> [IndexSegment] {
        if all { return segments }
        var chosen = segments.filter { $0.path == nil }
        var total = chosen.reduce(0) { $0 + $1.entryCount }
        for segment in segments.filter({ $0.path != nil }).sorted(by: { $0.entryCount < $1.entryCount }) {
            guard segment.entryCount < growth * total else { break }
            total += segment.entryCount
            chosen.append(segment)
        }
        return chosen
    }
}
