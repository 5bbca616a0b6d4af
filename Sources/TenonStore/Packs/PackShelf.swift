import Synchronization
import TenonCore
import TenonFormat

/// The packs that are open for reading: a bounded number of descriptors and of footer bytes, the least recently used closed first.
final class PackShelf: Sendable {
    private struct Entry {
        let reader: PackReader
        var lastUse: UInt64
        var cost: Int { reader.footer.bytes.count }
    }

    private struct State {
        var entries: [UInt32: Entry] = [:]
        var cost = 0
        var clock: UInt64 = 0
    }

    private static let maximumOpen = 64
    private static let maximumCost = 16 << 20

    private let home: StoreHome
    private let fileSystem: FileSystem
    private let decoder = BlockDecoder()
    private let state = Mutex(State())

    init(home: StoreHome, fileSystem: FileSystem) {
        self.home = home
        self.fileSystem = fileSystem
    }

    /// The pack, open. Throws `notFound` if its file is gone, `corrupt` if header or footer is damaged, `io` if the disk can't give them.
    func reader(_ pack: PackRow) throws -> PackReader {
        let known = state.withLock { state -> PackReader? in
            guard var entry = state.entries[pack.number] else { return nil }
            state.clock += 1
            entry.lastUse = state.clock
            state.entries[pack.number] = entry
            return entry.reader
        }
        if let known { return known }
        let reader = try PackReader.open(fileSystem.readable(home.pack(pack.id)), decoder: decoder)
        guard reader.length == pack.bytes else {
            throw TenonError(.corrupt, "the pack has \(reader.length) bytes", cause: "it had \(pack.bytes) when it was listed")
        }
        state.withLock { state in
            state.clock += 1
            guard state.entries.updateValue(Entry(reader: reader, lastUse: state.clock), forKey: pack.number) == nil else { return }
            state.cost += reader.footer.bytes.count
            while state.entries.count > PackShelf.maximumOpen || (state.cost > PackShelf.maximumCost && state.entries.count > 1) {
                guard let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
                state.entries[oldest.key] = nil
                state.cost -= oldest.value.cost
            }
        }
        return reader
    }

    /// Closes a pack that does not count any more; reads under way go on with the file they have.
    func remove(_ number: UInt32) {
        state.withLock { state in
            if let entry = state.entries.removeValue(forKey: number) { state.cost -= entry.cost }
        }
    }

    func removeAll() {
        state.withLock { $0 = State() }
    }
}
