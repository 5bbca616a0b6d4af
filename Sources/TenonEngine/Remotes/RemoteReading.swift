import Synchronization
import TenonCore
import TenonFormat

/// Reads objects of a remote and hashes them. Nothing is kept: a few blocks are in memory at a time.
struct RemoteReading: Sendable {
    let engine: Engine
    let view: RemoteView
    let meter: Meter
    /// Transfers at the same time.
    let jobs: Int

    private struct State: Sendable {
        var unproved: Set<ObjectKey>
        var damage: RemoteDamage
        var bytes: UInt64 = 0
    }

    /// Proves `keys`, each at one place; where that is damaged, at the next. What is wrong is noted in `damage`: an object whose places all are in it
    /// afterwards is lost. Returns the bytes that were read.
    func prove(_ keys: Set<ObjectKey>, _ damage: inout RemoteDamage) async throws -> UInt64 {
        let state = Mutex(State(unproved: keys, damage: damage))
        while true {
            let (unproved, known) = state.withLock { ($0.unproved, $0.damage) }
            var blocks: [RemoteIndex.Pack: Set<Int>] = [:]
            for key in unproved {
                if let place = view.goodPlace(of: key, known) { blocks[place.pack, default: []].insert(place.block) }
            }
            guard !blocks.isEmpty else { break }
            let packs = blocks.map { (pack: $0, blocks: $1.sorted()) }.sorted { $0.pack.id < $1.pack.id }
            let inner = max(1, jobs / packs.count)
            let outcome = await ConcurrentWork.run(packs, limit: jobs, meter: meter) { item in
                try await read(item.blocks, of: item.pack, jobs: inner, state)
            }
            if let failure = outcome.failure { throw failure }
            state.withLock { state in
                // Good blocks in which the objects are not: then the index is wrong.
                for key in state.unproved {
                    guard let place = view.goodPlace(of: key, state.damage), blocks[place.pack]?.contains(place.block) == true else { continue }
                    state.damage.blocks[place.pack.id, default: [:]][place.block] = .init(
                        .damaged, "block \(place.block) of pack \(place.pack.id.digest.hex) does not hold what an index says")
                }
            }
        }
        let end = state.withLock { $0 }
        damage = end.damage
        return end.bytes
    }

    private func read(_ blocks: [Int], of pack: RemoteIndex.Pack, jobs: Int, _ state: borrowing Mutex<State>) async throws {
        let opened: RemotePack
        do {
            opened = try await RemotePack.open(pack, on: view.remote)
        } catch {
            guard let fault = RemoteDamage.Fault(error) else { throw error }
            state.withLock { $0.damage.packs[pack.id] = fault }
            return
        }
        let there = blocks.filter { $0 < opened.footer.blockCount }
        meter.sink.expect(bytes: there.reduce(0) { $0 + UInt64(opened.footer.block($1).length) }, files: 0)
        let outcome = await ConcurrentWork.run(opened.reads(of: there), limit: jobs, meter: meter) { run in
            let found = Mutex<[(Int, Result<[Digest], TenonError>)]>([])
            try await opened.read(run) { index, block in
                let objects = try await engine.blocking { RemoteReading.objects(in: block, expected: opened.ids[index]) }
                found.withLock { $0.append((index, objects)) }
                meter.sink.add(bytes: UInt64(opened.footer.block(index).length))
            }
            return found.withLock { $0 }
        }
        state.withLock { state in
            for index in blocks where index >= opened.footer.blockCount {
                state.damage.blocks[pack.id, default: [:]][index] = .init(
                    .damaged, "pack \(pack.id.digest.hex) has no block \(index), as an index says")
            }
            for (index, result) in outcome.done.joined() {
                let info = opened.footer.block(index)
                state.bytes += UInt64(info.length)
                switch result {
                case .success(let ids): state.unproved.subtract(ids.map { ObjectKey(type: info.type, id: $0) })
                case .failure(let error): state.damage.blocks[pack.id, default: [:]][index] = .init(.damaged, error.description)
                }
            }
        }
        if let failure = outcome.failure { throw failure }
    }

    /// The objects of a block, from its bytes; they must be those that the footer lists.
    private static func objects(in block: Result<PackBlock, TenonError>, expected: [Digest]) -> Result<[Digest], TenonError> {
        Result { () throws(TenonError) in
            do {
                try block.get().proved(ids: expected, with: BlockDecoder())
                return expected
            } catch let error as TenonError {
                throw error
            } catch {
                throw TenonError(.corrupt, "a block is damaged", cause: "\(error)")
            }
        }
    }
}
