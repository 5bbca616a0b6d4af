import Synchronization
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// Brings snapshots from a remote into the store: only the blocks that it lacks, each proved by its hash.
///
/// What came stays when it is stopped, and is not fetched again.
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

    /// What became of snapshots that were to be brought; those that are named in none are here.
    struct Brought: Sendable {
        /// The remote does not have them.
        var absent: Set<Locator.Subject> = []
        /// What is damaged or missing there.
        var failures: [Locator.Subject: TenonError] = [:]
    }

    /// So many snapshots are brought together.
    private static let batchCount = 64

    /// Brings the whole of `pointers`. What several need comes once. When it returns, those that could be had are stored.
    func bring(_ pointers: [Pointer]) async throws -> Brought {
        var brought = Brought()
        var rest = try await engine.blocking { [store] in pointers.filter { !store.isStored($0) } }[...]
        while !rest.isEmpty {
            try await bring(Array(rest.prefix(Download.batchCount)), &brought)
            rest = rest.dropFirst(Download.batchCount)
        }
        return brought
    }

    private func bring(_ pointers: [Pointer], _ brought: inout Brought) async throws {
        let (requests, located) = try await locate(pointers, &brought)
        guard let first = located.first else { return }
        meter.begin(.receiving, located.count == 1 ? first.oid.description : "\(located.count) snapshots")
        let damage = try await fetch(requests) { _ in true }
        for (subject, error) in try await complete(located, damage: damage) { brought.failures[subject] = error }
    }

    /// Brings the whole of `pointer`. When it returns, the snapshot is stored. `false`: the remote does not have it.
    func bring(_ pointer: Pointer) async throws -> Bool {
        let brought = try await bring([pointer])
        if let failure = brought.failures.values.first { throw failure }
        return brought.absent.isEmpty
    }

    /// The blocks that the locators of `pointers` name, each pack once, and those snapshots that have one.
    private func locate(_ pointers: [Pointer], _ brought: inout Brought) async throws -> ([Request], [Pointer]) {
        let looks = await ConcurrentWork.run(pointers, limit: jobs, meter: meter) {
            pointer -> (pointer: Pointer, found: Result<Locator?, TenonError>) in
            do {
                return (pointer, .success(try await view.locator(Locator.Subject(pointer))))
            } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent {
                return (pointer, .failure(error))
            }
        }
        if let failure = looks.failure { throw failure }
        var runs: [RemoteIndex.Pack: [Range<UInt32>]] = [:]
        var located: [Pointer] = []
        for look in looks.done {
            let subject = Locator.Subject(look.pointer)
            switch look.found {
            case .success(let locator?):
                for part in locator.parts { runs[part.pack, default: []] += part.runs }
                located.append(look.pointer)
            case .success(nil): brought.absent.insert(subject)
            case .failure(let error): brought.failures[subject] = error
            }
        }
        let requests = runs.map { Request(pack: $0, runs: BlockRuns($1).runs) }.sorted { $0.pack.id < $1.pack.id }
        return (requests, located)
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
        if let failure = try await complete([pointer], damage: nil).values.first { throw failure }
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

    /// What `bring` would find and how many bytes it would read, from the footers of the packs.
    func cost(of pointers: [Pointer]) async throws -> (brought: Brought, bytes: UInt64) {
        do {
            return try await costNow(of: pointers)
        } catch let error as TenonError where error.code == .missingContent {
            // A sweep may have moved what lay in a pack that is gone; then the locators say where it lies.
            return try await costNow(of: pointers)
        }
    }

    private func costNow(of pointers: [Pointer]) async throws -> (brought: Brought, bytes: UInt64) {
        var brought = Brought()
        let (requests, _) = try await locate(pointers, &brought)
        let looks = await ConcurrentWork.run(requests, limit: jobs, meter: meter) { request in
            let pack = try await RemotePack.open(request.pack, on: view.remote)
            return blocks(of: request, in: pack) { _ in true }.reduce(UInt64(0)) { $0 + UInt64(pack.footer.block($1).length) }
        }
        if let failure = looks.failure { throw failure }
        return (brought, looks.done.reduce(0, +))
    }

    /// Brings single objects, wherever the indexes say that they lie. Throws `missingContent` naming one that could not be had.
    ///
    /// A sweep may have moved what lay in a pack that is gone: then indexes that came since say where it lies.
    func bringObjects(_ keys: Set<ObjectKey>) async throws {
        guard !keys.isEmpty else { return }
        try await view.loadIndexes()
        do {
            try await bringListed(keys)
        } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
            guard try await view.reloadIndexes() else { throw error }
            try await bringListed(keys.filter { !store.contains($0) })
        }
    }

    private func bringListed(_ keys: Set<ObjectKey>) async throws {
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
                    try await pack.read(run) { index, block in
                        try await engine.blocking {
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
        // What came before a failure stays: it is proved, and not fetched again.
        try await engine.blocking {
            do {
                try arrival.commit(nil)
            } catch {
                arrival.abort()
                throw outcome.failure ?? error
            }
        }
        if let failure = outcome.failure { throw failure }
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

    /// Enters the snapshots; what the locators did not lead to is looked for in the indexes. Returns why some could not be entered.
    private func complete(_ pointers: [Pointer], damage: TenonError?) async throws -> [Locator.Subject: TenonError] {
        var failures: [Locator.Subject: TenonError] = [:]
        var waiting = pointers
        for _ in 0..<3 where !waiting.isEmpty {
            let entering = waiting
            waiting = []
            for (pointer, error) in try await engine.blocking({ [store, meter] in try store.completeSnapshots(entering, progress: meter.sink) }) {
                guard error.code == .missingContent else {
                    failures[Locator.Subject(pointer)] = damage ?? error
                    continue
                }
                do {
                    try await bringObjects(try await missingObjects(of: pointer, only: []))
                    waiting.append(pointer)
                } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
                    failures[Locator.Subject(pointer)] = damage ?? error
                }
            }
        }
        for pointer in waiting {
            failures[Locator.Subject(pointer)] =
                damage
                ?? TenonError(.corrupt, "\(pointer.oid) can't be fetched", cause: "its metadata on '\(view.remote.location)' contradicts itself")
        }
        return failures
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
