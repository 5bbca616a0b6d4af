import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// Brings snapshots to a remote: packs, then the index that covers them, then the locators.
///
/// What was sent before it is stopped is listed in an index all the same, so that it is not sent again.
struct Upload: Sendable {
    let engine: Engine
    let view: RemoteView
    let meter: Meter
    /// Transfers at the same time.
    let jobs: Int

    /// What was sent.
    struct Totals: Sendable {
        var snapshots = 0
        var objects = 0
        var packs = 0
        var bytes: UInt64 = 0
    }

    /// A pack that the remote has now.
    private struct Sent: Sendable {
        var pack: RemoteIndex.Pack
        var footer: PackFooter
        /// Whether its bytes travelled; else they were there.
        var isNew: Bool
    }

    /// So many objects are gathered before packs are sent: that bounds memory, and what is sent again after a kill.
    private static let batchCount = 128 << 10
    /// Snapshots are sent together up to so many bytes of content: many small ones then share packs and an index.
    private static let groupSize: UInt64 = 64 << 20
    /// Packs beyond this are looked for before they are sent. In bytes.
    private static let worthLooking: UInt64 = 256 << 10
    /// So many packs may find something else under their names.
    private static let takenNames = 64
    /// So often a batch is planned, should the store rearrange its packs meanwhile.
    private static let planAttempts = 4

    private var store: Store { engine.store }

    /// Sends those of `snapshots` that the remote lacks; with `isDryRun`, counts them.
    func send(_ snapshots: [Pointer], isDryRun: Bool) async throws -> Totals {
        var totals = Totals()
        var seen = try await view.present(Set(snapshots.map(Locator.Subject.init)))
        let missing = snapshots.filter { seen.insert(Locator.Subject($0)).inserted }
        guard !missing.isEmpty else { return totals }
        try await view.loadIndexes()
        var planned: Set<ObjectKey> = []
        var group = Group()
        for pointer in missing {
            meter.begin(.sending, pointer.oid.description)
            let batches: [Set<ObjectKey>]
            do {
                batches = try await lackingObjects(of: pointer, besides: isDryRun ? planned : group.keys)
            } catch {
                // Those before it can be had.
                if !isDryRun { try await send(&group, &totals, &planned, isDryRun: false) }
                throw error
            }
            for batch in batches {
                if group.keys.count + batch.count > Upload.batchCount { try await send(&group, &totals, &planned, isDryRun: isDryRun) }
                group.keys.formUnion(batch)
            }
            group.complete.append(pointer)
            group.size &+= pointer.size
            if group.size >= Upload.groupSize { try await send(&group, &totals, &planned, isDryRun: isDryRun) }
        }
        try await send(&group, &totals, &planned, isDryRun: isDryRun)
        if !isDryRun { try await view.mergeSmallIndexes() }
        return totals
    }

    /// Snapshots that are sent together.
    private struct Group {
        /// What is to be sent.
        var keys: Set<ObjectKey> = []
        /// Snapshots that are whole once it is.
        var complete: [Pointer] = []
        /// Of their content, in bytes.
        var size: UInt64 = 0
    }

    /// Sends a group, or counts it, and begins another.
    private func send(_ group: inout Group, _ totals: inout Totals, _ planned: inout Set<ObjectKey>, isDryRun: Bool) async throws {
        let (keys, complete) = (group.keys, group.complete)
        group = Group()
        totals.objects += keys.count
        if isDryRun {
            guard !keys.isEmpty else { return totals.snapshots += complete.count }
            let shipment = try await whilePacksMove { try await plan(keys, besides: []) }
            totals.packs += shipment.parts.count
            totals.bytes += shipment.estimatedBytes
            planned.formUnion(keys)
        } else {
            if !keys.isEmpty { try await ship(keys, &totals) }
            let outcome = await ConcurrentWork.run(complete, limit: jobs, meter: meter) { try await view.write(try await locator(of: $0)) }
            if let failure = outcome.failure { throw failure }
        }
        totals.snapshots += complete.count
    }

    /// Sends objects that `damage` has taken from the remote.
    func resend(_ keys: Set<ObjectKey>, despite damage: RemoteDamage) async throws -> Totals {
        var totals = Totals()
        meter.begin(.sending)
        var rest = keys.sorted()[...]
        while !rest.isEmpty {
            try await ship(Set(rest.prefix(Upload.batchCount)), despite: damage, &totals)
            rest = rest.dropFirst(Upload.batchCount)
        }
        totals.objects = keys.count
        return totals
    }

    /// What the remote lacks of a snapshot, in batches. Throws `missingContent` if the store lacks it too.
    private func lackingObjects(of pointer: Pointer, besides planned: Set<ObjectKey>) async throws -> [Set<ObjectKey>] {
        try await engine.blocking { [store, view, meter] in
            guard store.isStored(pointer) else {
                throw TenonError(
                    .missingContent, "\(pointer.oid) can't be pushed", cause: "its bytes are not stored here, and not on '\(view.remote.location)'",
                    hint: "push from where they are, or bring the data back and run 'tenon add'")
            }
            var batches: [Set<ObjectKey>] = []
            var batch: Set<ObjectKey> = []
            var seen: Set<ObjectKey> = []
            try store.walk.visit(pointer) { key in
                try meter.sink.check()
                guard !planned.contains(key), view.place(of: key) == nil, seen.insert(key).inserted else { return }
                batch.insert(key)
                if batch.count >= Upload.batchCount {
                    batches.append(batch)
                    batch = []
                }
            }
            if !batch.isEmpty { batches.append(batch) }
            return batches
        }
    }

    // MARK: Packs

    /// Sends what holds `keys`, and lists it. `damage` is what can't be had from the remote, though its indexes name it.
    private func ship(_ keys: Set<ObjectKey>, despite damage: RemoteDamage = RemoteDamage(), _ totals: inout Totals) async throws {
        var taken: Set<PackID> = []
        var isFirst = true
        while true {
            do {
                return try await whilePacksMove {
                    let rest = isFirst ? keys : keys.filter { view.goodPlace(of: $0, damage) == nil }
                    isFirst = false
                    try await shipOnce(rest, besides: damage.spoiled.union(taken), &totals)
                }
            } catch let name as NameTaken {
                guard taken.count < Upload.takenNames, taken.insert(name.pack).inserted else {
                    throw TenonError(
                        .remote, "the data can't be sent to '\(view.remote.location)'",
                        cause: "something else lies there under the name of pack \(name.pack.digest.hex)", hint: "tenon fsck --repair")
                }
            }
        }
    }

    /// Something else lies on the remote under a pack's name: an upload that broke off where the storage does not see to that, or damage.
    private struct NameTaken: Error {
        let pack: PackID
    }

    /// After a failure, what was sent is listed before it is thrown. Throws `ReuseLost` if the store has merged packs since it was planned, `NameTaken` if
    /// a pack can't go under its name.
    private func shipOnce(_ keys: Set<ObjectKey>, besides spoiled: Set<PackID>, _ totals: inout Totals) async throws {
        let shipment = try await plan(keys, besides: spoiled)
        meter.sink.expect(bytes: shipment.estimatedBytes, files: 0)
        let outcome = await ConcurrentWork.run(shipment.parts, limit: jobs, meter: meter) { part in try await send(part, of: shipment) }
        let sent = outcome.done
        if !sent.isEmpty {
            let index = try await engine.blocking { RemoteIndex(sent.map { ($0.pack, $0.footer) }) }
            try await view.write(index)
        }
        totals.packs += sent.filter(\.isNew).count
        totals.bytes += sent.reduce(0) { $0 + ($1.isNew ? $1.pack.length : 0) }
        if let failure = outcome.failure { throw failure }
    }

    /// Runs `body` again while the store merges the packs that it was about.
    private func whilePacksMove<Value>(_ body: () async throws -> Value) async throws -> Value {
        for _ in 1..<Upload.planAttempts {
            do {
                return try await body()
            } catch is PackSession.ReuseLost {}
        }
        do {
            return try await body()
        } catch is PackSession.ReuseLost {
            throw TenonError(.busy, "the data can't be sent", cause: "the store rearranges its packs again and again", hint: "run the command again")
        }
    }

    private func plan(_ keys: Set<ObjectKey>, besides spoiled: Set<PackID>) async throws -> Shipment {
        try await engine.blocking { [store, view] in try store.shipment(of: keys, besides: spoiled.union(view.condemned.packs)) }
    }

    private func send(_ part: Shipment.Part, of shipment: Shipment) async throws -> Sent {
        let pack = try await engine.blocking { try shipment.pack(part) }
        defer { pack.discard(from: store) }
        let entry = RemoteIndex.Pack(id: pack.id, length: pack.length)
        let name = try ObjectName(RemoteName.pack(pack.id))
        // It may have been sent before, by whoever did not come to list it.
        if pack.length > Upload.worthLooking, let found = try await view.remote.head(name) {
            guard found.size == pack.length else { throw NameTaken(pack: pack.id) }
            try await view.remote.settle(name, ObjectBody(pack.source, digest: pack.id.digest))
            meter.sink.add(bytes: pack.length)
            return Sent(pack: entry, footer: pack.footer, isNew: false)
        }
        let body = ObjectBody(MeteredSource(base: pack.source, sink: meter.sink), digest: pack.id.digest)
        let outcome = try await view.remote.create(name, body)
        if outcome == .alreadyThere, try await view.remote.head(name)?.size != pack.length { throw NameTaken(pack: pack.id) }
        return Sent(pack: entry, footer: pack.footer, isNew: outcome == .created)
    }

    // MARK: Locators

    /// Where the indexes find what a snapshot needs.
    func locator(of pointer: Pointer) async throws -> Locator {
        try await engine.blocking { [store, view, meter] in
            var blocks: [RemoteIndex.Pack: Set<Int>] = [:]
            try store.walk.visit(pointer) { key in
                try meter.sink.check()
                guard let place = view.place(of: key) else {
                    throw TenonError(
                        .internal, "a locator can't be written", cause: "an object of \(pointer.oid) is on no pack of the remote that is listed")
                }
                blocks[place.pack, default: []].insert(place.block)
            }
            return Locator(subject: Locator.Subject(pointer), parts: blocks.map { Locator.Part(pack: $0, blocks: $1) })
        }
    }
}

/// Counts bytes as they are read to be sent.
private struct MeteredSource: ByteSource {
    let base: any ByteSource
    let sink: ProgressSink

    var count: UInt64 { base.count }

    func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        try sink.check()
        let bytes = try base.read(at: offset, count: count)
        sink.add(bytes: UInt64(bytes.count))
        return bytes
    }
}
