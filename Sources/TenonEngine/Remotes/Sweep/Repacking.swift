import Synchronization
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// Writes packs anew with what is needed of them (docs/decisions/remote-sweep.md): first the new pack is there, then an index that lists it, then the
/// locators lead to it. Only then the old one may be condemned.
///
/// Stopped at any point it leaves a remote on which everything is found; the next sweep goes on with what still names old packs.
struct Repacking: Sendable {
    let engine: Engine
    let view: RemoteView
    let lock: SweepLock
    /// What no new pack may be called: it is about to be removed.
    let condemned: CondemnedObjects
    let meter: Meter
    /// Requests at the same time.
    let jobs: Int

    struct Outcome: Sendable {
        /// Packs that no locator of a living snapshot names any more.
        var done: [Repack] = []
        /// The packs in their place, and those of others that came to nothing.
        var made: Set<PackID> = []
        /// Packs with needed blocks that can't be read; they stay whole.
        var damaged: Set<PackID> = []
    }

    private var remote: Remote { view.remote }
    /// A locator that was replaced, or may have been: whoever is interrupted doesn't know.
    private struct Replacement: Sendable {
        let name: ObjectName
        let before: [UInt8]
        let after: [UInt8]
    }

    /// So many packs share an index, and each locator is written once for all of them.
    private static let batchCount = 16
    /// So many locators are replaced before the lock is looked at again.
    private static let locatorCount = 64
    /// So often a locator is tried that somebody else writes at the same time.
    private static let attempts = 3

    func carryOut(_ repacks: [Repack]) async throws -> Outcome {
        var outcome = Outcome()
        guard !repacks.isEmpty else { return outcome }
        meter.begin(.sending)
        meter.sink.expect(bytes: repacks.reduce(0) { $0 + $1.keptLength }, files: 0)
        var rest = repacks[...]
        while !rest.isEmpty {
            try await carryOut(batch: Array(rest.prefix(Repacking.batchCount)), &outcome)
            rest = rest.dropFirst(Repacking.batchCount)
        }
        return outcome
    }

    private func carryOut(batch: [Repack], _ outcome: inout Outcome) async throws {
        var moves: [PackID: Locator.Move] = [:]
        var footers: [(pack: RemoteIndex.Pack, footer: PackFooter)] = []
        for repack in batch {
            do {
                guard let made = try await copy(repack) else { continue }
                footers.append(made)
                moves[repack.pack.id] = Locator.Move(to: made.pack, blocks: repack.blocks)
                outcome.made.insert(made.pack.id)
            } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent {
                outcome.damaged.insert(repack.pack.id)
            }
        }
        guard !moves.isEmpty else { return }
        try lock.check()
        let index = try await engine.blocking { [footers] in RemoteIndex(footers) }
        try await view.write(index)

        let moved = batch.filter { moves[$0.pack.id] != nil }
        let left = try await moveLocators(of: Set(moved.flatMap(\.subjects)), moves)
        outcome.done += moved.filter { left.isDisjoint(with: $0.subjects) }
    }

    /// Returns those whose locators still lead to old packs.
    private func moveLocators(of subjects: Set<Locator.Subject>, _ moves: [PackID: Locator.Move]) async throws -> Set<Locator.Subject> {
        var left: Set<Locator.Subject> = []
        var rest = subjects.sorted { $0.id < $1.id }[...]
        while !rest.isEmpty {
            let begun = Mutex<[Replacement]>([])
            let outcome = await ConcurrentWork.run(Array(rest.prefix(Repacking.locatorCount)), limit: jobs, meter: meter) { subject in
                (subject: subject, isMoved: try await move(subject, moves) { replacement in begun.withLock { $0.append(replacement) } })
            }
            do {
                try lock.check()
            } catch {
                // Another sweep may have looked before, and pass over the new packs; the old ones it saw in use.
                for replacement in begun.withLock({ $0 }) { try? await takeBack(replacement) }
                throw error
            }
            if let failure = outcome.failure { throw failure }
            left.formUnion(outcome.done.filter { !$0.isMoved }.map(\.subject))
            rest = rest.dropFirst(Repacking.locatorCount)
        }
        return left
    }

    /// Brings what is needed of a pack into one of its own, each block as it is and proved by its objects' hashes. `nil`: the name is taken by something else.
    private func copy(_ repack: Repack) async throws -> (pack: RemoteIndex.Pack, footer: PackFooter)? {
        let opened = try await RemotePack.open(repack.pack, on: remote)
        guard repack.blocks.end <= opened.footer.blockCount else {
            throw TenonError(.corrupt, "pack \(repack.pack.id.digest.hex) on '\(remote.location)' is damaged", cause: "it lacks blocks")
        }
        let draft = try await engine.blocking { [store = engine.store, origin = origin(of: repack)] in try store.draftPack(of: origin) }
        let pack: OutgoingPack
        do {
            for run in opened.reads(of: repack.blocks.blocks) {
                try lock.check()
                try await opened.read(run) { [engine, meter] index, block in
                    try await engine.blocking {
                        try meter.sink.check()
                        try draft.append(block.get(), ids: opened.ids[index])
                    }
                    meter.sink.add(bytes: UInt64(opened.footer.block(index).length))
                }
            }
            pack = try await engine.blocking { try draft.finish() }
        } catch {
            draft.discard()
            throw error
        }
        defer { pack.discard(from: engine.store) }
        try lock.check()
        let name = try ObjectName(RemoteName.pack(pack.id))
        if try await remote.create(name, ObjectBody(pack.source, digest: pack.id.digest)) == .alreadyThere {
            guard try await remote.head(name)?.size == pack.length else { return nil }
        }
        return (RemoteIndex.Pack(id: pack.id, length: pack.length), pack.footer)
    }

    /// What a new pack is made of, and what it may not be called.
    private func origin(of repack: Repack) -> [UInt8] {
        var bytes = repack.pack.id.digest.bytes
        for bound in repack.blocks.runs.flatMap({ [$0.lowerBound, $0.upperBound] }) {
            bytes += withUnsafeBytes(of: bound.littleEndian, Array.init)
        }
        for id in condemned.packs.sorted() { bytes += id.digest.bytes }
        return bytes
    }

    /// Makes the snapshot's locator lead to the new packs, by compare-and-swap. `willReplace` hears of it before. `false`: it needs something else by
    /// now, or somebody else writes it.
    private func move(_ subject: Locator.Subject, _ moves: [PackID: Locator.Move], willReplace: (Replacement) -> Void) async throws -> Bool {
        let name = try ObjectName(RemoteName.locator(subject))
        for _ in 0..<Repacking.attempts {
            guard let (bytes, entry) = try await remote.contents(of: name, limit: Locator.maximumLength) else { return false }
            guard let old = try? Locator(parsing: bytes), old.subject == subject, let new = old.moved(moves) else { return false }
            if new == old { return true }
            try lock.check()
            willReplace(Replacement(name: name, before: bytes, after: new.bytes))
            if case .replaced = try await remote.replace(name, entry.tag, with: new.bytes) { return true }
        }
        return false
    }

    /// One that somebody else has written since stays as it is.
    private func takeBack(_ replacement: Replacement) async throws {
        guard let (bytes, entry) = try await remote.contents(of: replacement.name, limit: Locator.maximumLength), bytes == replacement.after else {
            return
        }
        _ = try await remote.replace(replacement.name, entry.tag, with: replacement.before)
    }
}
