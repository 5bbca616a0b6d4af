import Synchronization
import TenonCore
import TenonFormat
import TenonStore

/// Looks whether a remote has all that some snapshots need: their locators, an index entry and a pack for each object, and, if it is to be read,
/// each object's bytes.
///
/// What says how the snapshots are made of chunks is taken from the store; what of it is not here is fetched, and stays. Memory grows with the number
/// of objects, not with their bytes.
struct RemoteCheck: Sendable {
    let engine: Engine
    let view: RemoteView
    let meter: Meter
    /// Transfers at the same time.
    let jobs: Int

    struct Outcome: Sendable {
        /// Indexes that can't be read; what they alone list is lost.
        var badIndexes: [TenonError] = []
        /// Snapshots that nobody finds on the remote.
        var faults: [Locator.Subject: RemoteDamage.Fault] = [:]
        /// What the others need.
        var needed: Set<ObjectKey> = []
        var damage = RemoteDamage()
        /// What of it can't be had from any place that an index names.
        var lost: Set<ObjectKey> = []
        /// Packs in which the objects are found.
        var packs = 0
        /// What was read and hashed, and the bytes that came for it.
        var readObjects = 0
        var readBytes: UInt64 = 0
    }

    private var store: Store { engine.store }

    /// A walk over what the remote has, with metadata from the store.
    private var walk: ObjectWalk {
        ObjectWalk(contains: { view.place(of: $0) != nil }, fetch: { try store.read($0) })
    }

    func run(_ pointers: [Pointer], sample: RemoteSample?) async throws -> Outcome {
        let outcome = try await look(at: pointers, sample)
        // A sweep may have moved meanwhile what lay in packs that are gone: then there are indexes that say where it lies.
        if !outcome.lost.isEmpty, try await view.reloadIndexes() { return try await look(at: pointers, sample) }
        return outcome
    }

    private func look(at pointers: [Pointer], _ sample: RemoteSample?) async throws -> Outcome {
        var outcome = Outcome()
        meter.begin(.verifying)
        let subjects = Dictionary(pointers.map { (Locator.Subject($0), $0) }) { first, _ in first }
        outcome.faults = try await locatorFaults(Set(subjects.keys))
        outcome.badIndexes = try await view.loadGoodIndexes()
        outcome.damage = try await view.damageByListing()
        for (subject, pointer) in subjects where outcome.faults[subject] == nil {
            if let keys = try await objects(of: pointer, &outcome.faults[subject]) { outcome.needed.formUnion(keys) }
        }
        if let sample {
            let damage = outcome.damage
            let drawn = sample.draw(from: outcome.needed.filter { view.goodPlace(of: $0, damage) != nil })
            let reading = RemoteReading(engine: engine, view: view, meter: meter, jobs: jobs)
            outcome.readBytes = try await reading.prove(drawn, &outcome.damage)
            outcome.readObjects = drawn.count
        }
        try await judge(&outcome)
        return outcome
    }

    /// Which snapshots have no locator, or one that can't be read.
    private func locatorFaults(_ subjects: Set<Locator.Subject>) async throws -> [Locator.Subject: RemoteDamage.Fault] {
        let present = try await view.present(subjects)
        let missing = RemoteDamage.Fault(.missing, "'\(view.remote.location)' does not have it")
        var faults = Dictionary(uniqueKeysWithValues: subjects.subtracting(present).map { ($0, missing) })
        let looks = await ConcurrentWork.run(Array(present), limit: jobs, meter: meter) { subject in
            do {
                return try await view.locator(subject) == nil ? (subject, missing) : (subject, nil)
            } catch {
                guard let fault = RemoteDamage.Fault(error) else { throw error }
                return (subject, fault)
            }
        }
        if let failure = looks.failure { throw failure }
        for (subject, fault) in looks.done { faults[subject] = fault }
        return faults
    }

    /// What a snapshot needs; `nil`, and the reason, where that can't be told.
    private func objects(of pointer: Pointer, _ fault: inout RemoteDamage.Fault?) async throws -> Set<ObjectKey>? {
        func look() async throws -> Set<ObjectKey> {
            try await engine.blocking {
                var keys: Set<ObjectKey> = []
                try walk.visit(pointer) { key in
                    try meter.sink.check()
                    keys.insert(key)
                }
                return keys
            }
        }
        do {
            return try await look()
        } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
            do {
                if try await Download(engine: engine, view: view, meter: meter, jobs: jobs).bringMetadata(of: pointer) { return try await look() }
                fault = .init(.missing, "'\(view.remote.location)' does not have it")
            } catch {
                guard let found = RemoteDamage.Fault(error) else { throw error }
                fault = found
            }
            return nil
        }
    }

    private func judge(_ outcome: inout Outcome) async throws {
        let (needed, damage) = (outcome.needed, outcome.damage)
        (outcome.lost, outcome.packs) = try await engine.blocking {
            var lost: Set<ObjectKey> = []
            var packs: Set<PackID> = []
            for key in needed {
                if let place = view.goodPlace(of: key, damage) { packs.insert(place.pack.id) } else { lost.insert(key) }
            }
            return (lost, packs.count)
        }
    }

    /// Calls `body` with what of a snapshot is lost: for each of its files (`nil`: what tells the files, or the artifact itself) and each place once,
    /// with the first object and how many more there are.
    func forEachLoss(
        of pointer: Pointer, _ outcome: Outcome, _ body: (ManifestEntry?, Loss) throws -> Void
    ) throws {
        if let fault = outcome.faults[Locator.Subject(pointer)] { return try body(nil, Loss(fault: fault)) }
        guard !outcome.lost.isEmpty else { return }
        var losses: [(entry: ManifestEntry?, loss: Loss)] = []
        // Where the losses of the present entry stand, by their packs.
        var positions: [PackID?: Int] = [:]
        try walk.visitFiles(pointer) { key, entry in
            try meter.sink.check()
            guard outcome.lost.contains(key) else { return }
            if losses.last.map({ $0.entry?.path != entry?.path }) ?? true { positions = [:] }
            let place = view.place(of: key)
            if let position = positions[place?.pack.id] {
                losses[position].loss.others += 1
            } else {
                let fault = place.flatMap(outcome.damage.fault) ?? .init(.missing, "no index on '\(view.remote.location)' lists it")
                positions[place?.pack.id] = losses.count
                losses.append((entry, Loss(fault: fault, object: key, pack: place?.pack.id)))
            }
        }
        for (entry, loss) in losses { try body(entry, loss) }
    }

    struct Loss: Sendable {
        var fault: RemoteDamage.Fault
        /// The first object that is lost; `nil`: the snapshot as a whole.
        var object: ObjectKey?
        /// Where it should be.
        var pack: PackID?
        /// How many more objects are lost in the same way.
        var others = 0
    }
}
