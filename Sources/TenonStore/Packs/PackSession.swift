import Dispatch
import Synchronization
import TenonCore
import TenonFormat

/// The writing of one ingest: takes blocks from many threads, writes packs, and in the end makes all of it count in one transaction.
///
/// One thread writes (and hashes) packs, another forces full ones to disk, so those that encode wait only when both are behind.
package final class PackSession: Sendable {
    /// What is to be done about an object.
    package enum Claim: Hashable, Sendable {
        /// It is in a pack that counts: reuse it. The pack is noted for the check at commit.
        case stored(ObjectLocation)
        /// This session stores it already, or is about to.
        case pending
        /// The caller must append a block that holds it.
        case new
    }

    /// Thrown by `commit`: bytes that were to be reused were lost meanwhile. What the session wrote is kept; run the ingest again in a new one.
    package struct ReuseLost: Error, Hashable {
        package let packs: [UInt32]
    }

    /// What a session made.
    package struct Committed: Hashable, Sendable {
        package var packs: [PackID]
        /// Bytes of these packs.
        package var storedBytes: UInt64
    }

    private struct State {
        var failure: TenonError?
        var isEnded = false
        var claimed: Set<ObjectKey> = []
        var reused: Set<UInt32> = []
        var sealed: [FinishedPack] = []
        var storedBytes: UInt64 = 0
        /// Packs that were listed before the commit, to keep memory bounded.
        var listed: [PackID] = []
        /// Keeps a rebuild of the store off until the end.
        var pass: WriterGate.Pass?
    }

    /// What only the writer queue touches.
    private struct Writers {
        var data: PackWriter?
        var metadata: PackWriter?
        /// Metadata that may still find room in the data pack.
        var waiting: [EncodedBlock] = []
        var waitingBytes = 0
    }

    private let store: Store
    /// Whether what is written was made elsewhere.
    private let isForeign: Bool
    /// How many losses the store knew of when the session began.
    private let knownLosses: Int
    private let state = Mutex(State())
    private let writers = Mutex(Writers())
    private let writerQueue = DispatchQueue(label: "tenon.pack.write")
    private let sealQueue = DispatchQueue(label: "tenon.pack.seal")
    private let seals = DispatchGroup()
    /// Blocks that may wait to be written, and full packs that may wait to be sealed.
    private let blockSlots = DispatchSemaphore(value: 6)
    private let sealSlots = DispatchSemaphore(value: 2)

    /// Claims beyond this number are given to the index by listing what is sealed.
    private static let claimLimit = 256 << 10

    init(store: Store, isForeign: Bool) throws {
        self.store = store
        self.isForeign = isForeign
        let pass = try store.writerGate.enter()
        state.withLock { $0.pass = pass }
        knownLosses = store.losses.count
    }

    deinit {
        // Nothing is queued any more, or it would hold this session: no queue is waited for, since this may run on one of them.
        guard state.withLock({ !$0.isEnded }) else { return }
        discardWriters()
    }

    // MARK: Writing

    /// Says whether `key` must be stored, and notes that the caller will if so.
    package func claim(_ key: ObjectKey) -> Claim {
        if let location = store.location(of: key) {
            state.withLock { _ = $0.reused.insert(location.pack) }
            return .stored(location)
        }
        return state.withLock { $0.claimed.insert(key).inserted } ? .new : .pending
    }

    /// Bytes of packs written so far.
    package var storedBytes: UInt64 { state.withLock { $0.storedBytes } }

    /// Takes a block to be written. Waits while the disk is behind. Throws what went wrong with this or an earlier one.
    package func append(_ block: EncodedBlock) throws {
        try check()
        blockSlots.wait()
        writerQueue.async { [self] in
            defer { blockSlots.signal() }
            guard (try? check()) != nil else { return }
            do {
                try writers.withLock { try write(block, &$0) }
            } catch {
                fail(error)
            }
        }
    }

    private func check() throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            if state.isEnded { throw TenonError(.internal, "a write session is used after its end") }
        }
    }

    private func fail(_ error: any Error) {
        let failure = error as? TenonError ?? TenonError(.internal, "packs could not be written", cause: "\(error)")
        state.withLock { if $0.failure == nil { $0.failure = failure } }
    }

    private func write(_ block: EncodedBlock, _ writers: inout Writers) throws {
        if block.type == .data {
            let writer = try writers.data ?? newWriter()
            writers.data = writer
            try append(block, to: writer)
            if writer.byteCount >= UInt64(store.options.packTarget) {
                writers.data = nil
                try seal(writer)
            }
        } else if writers.metadata == nil, writers.waitingBytes + block.payload.count < PackLimits.mixedPackLength / 2 {
            writers.waiting.append(block)
            writers.waitingBytes += block.payload.count
        } else {
            let writer = try writers.metadata ?? newWriter()
            writers.metadata = writer
            for earlier in writers.waiting { try append(earlier, to: writer) }
            writers.waiting = []
            writers.waitingBytes = 0
            try append(block, to: writer)
            if writer.byteCount >= UInt64(store.options.packTarget) {
                writers.metadata = nil
                try seal(writer)
            }
        }
    }

    private func append(_ block: EncodedBlock, to writer: PackWriter) throws {
        let before = writer.byteCount
        try writer.append(block)
        state.withLock { $0.storedBytes += writer.byteCount - before }
    }

    private func newWriter() throws -> PackWriter {
        try store.checkSpace(for: 0)
        return try PackWriter(home: store.places, fileSystem: store.options.fileSystem)
    }

    // MARK: Sealing

    /// Ends a pack and has it forced to disk on the other queue.
    private func seal(_ writer: PackWriter) throws {
        let finished: FinishedPack
        do {
            finished = try writer.finish()
        } catch {
            writer.discard()
            throw error
        }
        sealSlots.wait()
        sealQueue.async(group: seals) { [self] in
            defer { sealSlots.signal() }
            do {
                try finished.seal(home: store.places, fileSystem: store.options.fileSystem)
                let claims = state.withLock { state in
                    state.sealed.append(finished)
                    return state.claimed.count
                }
                if claims > PackSession.claimLimit { try listSealed() }
            } catch {
                fail(error)
            }
        }
    }

    /// Ends the open packs and waits until all are on disk.
    private func sealAll() throws {
        writerQueue.sync {
            do {
                try writers.withLock { try finish(&$0) }
            } catch {
                fail(error)
            }
        }
        seals.wait()
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private func finish(_ writers: inout Writers) throws {
        if !writers.waiting.isEmpty {
            // A small session makes one pack: metadata joins the data while both are under a mebibyte.
            let fits = writers.data.map { Int($0.byteCount) + writers.waitingBytes < PackLimits.mixedPackLength / 2 } ?? false
            let writer = try (fits ? writers.data : nil) ?? newWriter()
            if !fits { writers.metadata = writer }
            for block in writers.waiting { try append(block, to: writer) }
            writers.waiting = []
            writers.waitingBytes = 0
        }
        for writer in [writers.data.take(), writers.metadata.take()] {
            if let writer { try seal(writer) }
        }
    }

    /// Makes packs count before the commit: a very long ingest hands its claims over to the index, which needs less memory for them.
    private func listSealed() throws {
        let packs = state.withLock { state in
            defer { state.sealed = [] }
            return state.sealed
        }
        let rows = try store.list(packs, areForeign: isForeign)
        state.withLock { state in
            state.listed += rows.map(\.id)
            state.reused.formUnion(rows.map(\.number))
            let view = store.index.view
            state.claimed = state.claimed.filter { view.location(of: $0) == nil }
        }
    }

    // MARK: Ending

    /// Makes everything durable and then makes it count: the commit point is passed when this returns.
    ///
    /// Writes the records of `snapshots` and `savedStates` itself, and `records` as they are. Throws `ReuseLost` if bytes that were to be reused are gone; whatever it
    /// throws, the session is over, and packs that were complete stay for the next one.
    @discardableResult
    package func commit(
        _ snapshots: [SnapshotRow], savedStates: [SavedStateRecord] = [], records stored: [StoredRecord] = []
    ) throws -> Committed {
        do {
            try check()
            let records = try SessionRecords(snapshots: snapshots, savedStates: savedStates, records: stored, store: store)
            for block in records.blocks { try append(block) }
            try sealAll()
            // Where no snapshot is made, nothing relies on what others stored.
            let isRelied = !snapshots.isEmpty || !savedStates.isEmpty
            let (packs, reused) = state.withLock { ($0.sealed, isRelied ? $0.reused : []) }
            try store.commit(packs, areForeign: isForeign, reused: reused, records: records, knownLosses: knownLosses)
            return state.withLock { state in
                state.isEnded = true
                state.pass = nil
                let bytes = state.storedBytes
                return Committed(packs: state.listed + state.sealed.map(\.row.id), storedBytes: bytes)
            }
        } catch {
            abort()
            throw error
        }
    }

    /// Ends the session without a snapshot: what is not complete goes; complete packs stay and count, to be reused. Safe to repeat.
    package func abort() {
        let isFirst = state.withLock { state in
            defer { state.isEnded = true }
            return !state.isEnded
        }
        guard isFirst else { return }
        defer { state.withLock { $0.pass = nil } }
        writerQueue.sync { discardWriters() }
        seals.wait()
        do {
            try listSealed()
        } catch {
            store.log.warning("complete packs of an ingest that failed are listed at the next start", metadata: ["reason": "\(error)"])
        }
    }

    private func discardWriters() {
        writers.withLock { writers in
            for writer in [writers.data.take(), writers.metadata.take()] { writer?.discard() }
            writers.waiting = []
        }
    }
}
