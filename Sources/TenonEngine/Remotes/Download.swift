import Synchronization
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// Brings snapshots from a remote into the store: only the blocks that it lacks, each proved by its hash.
///
/// Complete packs of what came stay when it is stopped, and are not fetched again.
struct Download: Sendable {
    let engine: Engine
    let view: RemoteView
    let meter: Meter
    /// Transfers at the same time.
    let jobs: Int

    private var store: Store { engine.store }

    /// Some blocks of a pack.
    private struct Request: Sendable {
        var pack: RemoteIndex.Pack
        /// `nil`: all.
        var runs: [Range<UInt32>]?
    }

    /// Brings the whole of `pointer`. When it returns, the snapshot is stored. `false`: the remote does not have it.
    func bring(_ pointer: Pointer) async throws -> Bool {
        if try await engine.blocking({ [store] in store.isStored(pointer) }) { return true }
        guard let locator = try await view.locator(Locator.Subject(pointer)) else { return false }
        meter.begin(.receiving, pointer.oid.description)
        let damage = try await fetch(locator.parts.map { Request(pack: $0.pack, runs: $0.runs) }) { _ in true }
        try await complete(pointer, damage: damage)
        return true
    }

    /// Brings what entries of a tree at or below `paths` need; no snapshot comes of it. `false`: the remote does not have the tree.
    func bring(_ paths: [RelativePath], of pointer: Pointer) async throws -> Bool {
        guard let locator = try await view.locator(Locator.Subject(pointer)) else { return false }
        meter.begin(.receiving, pointer.oid.description)
        let requests = locator.parts.map { Request(pack: $0.pack, runs: $0.runs) }
        _ = try await fetch(requests) { $0.type != .data }
        let wanted = try await missingObjects(of: pointer, only: paths)
        _ = try await fetch(requests) { wanted.contains($0) }
        try await bringObjects(try await missingObjects(of: pointer, only: paths))
        return true
    }

    /// Brings what the store lacks of a snapshot that it had, from wherever the remote has it. Throws `missingContent` or `corrupt` if it can't be had.
    func heal(_ pointer: Pointer) async throws {
        if try await bring(pointer) { return }
        while case let missing = try await missingObjects(of: pointer, only: []), !missing.isEmpty { try await bringObjects(missing) }
        try await complete(pointer, damage: nil)
    }

    /// Brings what says how `pointer` is made of chunks, and no chunk. `false`: the remote does not have it.
    func bringMetadata(of pointer: Pointer) async throws -> Bool {
        guard let locator = try await view.locator(Locator.Subject(pointer)) else { return false }
        _ = try await fetch(locator.parts.map { Request(pack: $0.pack, runs: $0.runs) }) { $0.type != .data }
        while case let missing = try await missingObjects(of: pointer, only: []).filter({ $0.type != .data }), !missing.isEmpty {
            try await bringObjects(missing)
        }
        return true
    }

    /// How many bytes `bring` would read, from the footers of the packs. `nil`: the remote does not have it.
    func cost(of pointer: Pointer) async throws -> UInt64? {
        guard let locator = try await view.locator(Locator.Subject(pointer)) else { return nil }
        var bytes: UInt64 = 0
        for part in locator.parts {
            let pack = try await RemotePack.open(part.pack, on: view.remote)
            bytes += blocks(of: Request(pack: part.pack, runs: part.runs), in: pack) { _ in true }
                .reduce(0) { $0 + UInt64(pack.footer.block($1).length) }
        }
        return bytes
    }

    /// Brings single objects, wherever the indexes say that they lie. Throws `missingContent` naming one that could not be had.
    func bringObjects(_ keys: Set<ObjectKey>) async throws {
        guard !keys.isEmpty else { return }
        try await view.loadIndexes()
        var blocks: [RemoteIndex.Pack: Set<Int>] = [:]
        for key in keys {
            for place in view.places(of: key) { blocks[place.pack, default: []].insert(place.block) }
        }
        let requests = blocks.map { Request(pack: $0, runs: Locator.Part(pack: $0, blocks: $1).runs) }
        let damage = try await fetch(requests) { keys.contains($0) }
        if let key = keys.filter({ !store.contains($0) }).min() {
            throw damage
                ?? TenonError(
                    .missingContent, "an object is missing on '\(view.remote.location)'", cause: "no pack has \(key.type) \(key.id.hex)",
                    hint: "push again from a place that has the data")
        }
    }

    // MARK: Blocks

    /// Brings blocks of which the store lacks an object that `isWanted`. Returns the first damage that was met; what is intact is kept.
    private func fetch(_ requests: [Request], isWanted: @escaping @Sendable (ObjectKey) -> Bool) async throws -> TenonError? {
        let arrival = try await engine.blocking { [store] in try store.beginArrival() }
        let damage = Mutex<TenonError?>(nil)
        @Sendable func note(_ error: any Error) throws {
            guard let error = error as? TenonError, error.code == .corrupt || error.code == .missingContent else { throw error }
            damage.withLock { if $0 == nil { $0 = error } }
        }
        let inner = max(1, jobs / max(1, requests.count))
        let outcome = await ConcurrentWork.run(requests, limit: jobs, meter: meter) { request in
            do {
                let pack = try await RemotePack.open(request.pack, on: view.remote)
                let blocks = blocks(of: request, in: pack, isWanted: isWanted)
                meter.sink.expect(bytes: blocks.reduce(0) { $0 + UInt64(pack.footer.block($1).length) }, files: 0)
                let reads = await ConcurrentWork.run(pack.reads(of: blocks), limit: inner, meter: meter) { run in
                    let read = try await pack.read(run)
                    try await engine.blocking {
                        for (index, block) in read {
                            try meter.sink.check()
                            do {
                                try arrival.take(block.get(), ids: pack.ids[index])
                            } catch {
                                try note(error)
                            }
                            meter.sink.add(bytes: UInt64(pack.footer.block(index).length))
                        }
                    }
                }
                if let failure = reads.failure { throw failure }
            } catch {
                try note(error)
            }
        }
        if let failure = outcome.failure {
            try await engine.blocking { arrival.abort() }
            throw failure
        }
        try await engine.blocking { try arrival.commit(nil) }
        return damage.withLock { $0 }
    }

    private func blocks(of request: Request, in pack: RemotePack, isWanted: (ObjectKey) -> Bool) -> [Int] {
        let runs = request.runs ?? [0..<UInt32(pack.footer.blockCount)]
        return runs.flatMap { $0.clamped(to: 0..<UInt32(pack.footer.blockCount)) }.map(Int.init).filter { index in
            let type = pack.footer.block(index).type
            return pack.ids[index].contains { id in
                let key = ObjectKey(type: type, id: id)
                return isWanted(key) && !store.contains(key)
            }
        }
    }

    // MARK: Completing

    /// Enters the snapshot; what the locator did not lead to is looked for in the indexes.
    private func complete(_ pointer: Pointer, damage: TenonError?) async throws {
        for _ in 0..<3 {
            do {
                return try await engine.blocking { [store] in try store.completeSnapshot(pointer) }
            } catch let error as TenonError where error.code == .missingContent {
                do {
                    try await bringObjects(try await missingObjects(of: pointer, only: []))
                } catch let error as TenonError where error.code == .missingContent {
                    throw damage ?? error
                }
            }
        }
        throw damage ?? TenonError(.corrupt, "\(pointer.oid) can't be fetched", cause: "its metadata on '\(view.remote.location)' contradicts itself")
    }

    /// What the store lacks of a tree's entries, as far as its metadata is here; if a piece of metadata is missing, that.
    private func missingObjects(of pointer: Pointer, only paths: [RelativePath]) async throws -> Set<ObjectKey> {
        try await engine.blocking { [store, meter] in
            var missing: Set<ObjectKey> = []
            let walk = ObjectWalk(
                contains: { store.contains($0) },
                fetch: { key in
                    guard store.contains(key) else {
                        missing.insert(key)
                        throw TenonError(.missingContent, "metadata is missing")
                    }
                    return try store.read(key)
                })
            do {
                try walk.visit(pointer, only: paths) { key in
                    try meter.sink.check()
                    if !store.contains(key) { missing.insert(key) }
                }
            } catch let error as TenonError where error.code == .missingContent && !missing.isEmpty {
                return missing
            }
            return missing
        }
    }
}
