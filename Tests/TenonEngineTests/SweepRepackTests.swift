import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonTesting
import Testing

@testable import TenonEngine

/// Packs that are written anew with what is needed of them.
struct SweepRepackTests: SweepSuite {
    /// What a branch that is gone has left: the pack in which all lies that it and `main` bound, its commit, and what that bound beside `main`.
    private struct Remains {
        var pack: PackID
        var commit: String
        var side: Pointer
    }

    /// All that `main` and `side` bind lies in one pack, most of it because of `side`, and that branch is gone.
    private func withWornPack(_ body: (Workshop, MemoryStorage, Remains) async throws -> Void) async throws {
        try await with { shop, storage in
            let remains = Remains(pack: try fuse(storage), commit: try shop.commit("side"), side: try side(shop))
            try shop.git("branch", "-q", "-D", "side")
            try await body(shop, storage, remains)
        }
    }

    /// Puts what lies in all packs into one, as if it had been pushed at once. With `lies` its footer gives its objects wrong ids.
    private func fuse(_ storage: MemoryStorage, lies: Bool = false) throws -> PackID {
        var builder = PackBuilder(nonce: Array(repeating: 7, count: PackHeader.nonceLength))
        var bytes = builder.header
        var firsts: [PackID: Int] = [:]
        for name in names(storage, "packs/") {
            let reader = try PackReader.open(ArraySource(try #require(storage.bytes(try ObjectName(name)))))
            firsts[try #require(RemoteName.packID(name))] = builder.blockCount
            for (index, ids) in reader.footer.objectIDs().enumerated() {
                let piece = try builder.append(try reader.block(index).encoded(ids: lies ? ids.map { SHA256Hasher.hash($0.bytes) } : ids))
                bytes += piece.head + piece.payload + piece.checksum
            }
        }
        let ending = builder.finish()
        bytes += ending.bytes
        let pack = RemoteIndex.Pack(id: ending.id, length: ending.length)
        for name in names(storage, "packs/") + names(storage, "index/") { storage.set(try ObjectName(name), nil) }
        storage.set(try ObjectName(RemoteName.pack(pack.id)), bytes)
        let index = RemoteIndex([(pack, ending.footer)])
        storage.set(try ObjectName(RemoteName.index(index.id)), index.bytes)
        for (name, locator) in try locators(storage) {
            var blocks: [Int] = []
            for part in locator.parts {
                let first = try #require(firsts[part.pack.id])
                blocks += BlockRuns(part.runs).blocks.map { first + $0 }
            }
            storage.set(name, Locator(subject: locator.subject, parts: [Locator.Part(pack: pack, blocks: blocks)]).bytes)
        }
        return pack.id
    }

    private func locators(_ storage: MemoryStorage) throws -> [(name: ObjectName, locator: Locator)] {
        try names(storage, "snapshots/").map { name in
            let name = try ObjectName(name)
            return (name, try Locator(parsing: try #require(storage.bytes(name))))
        }
    }

    private func packs(_ storage: MemoryStorage) -> Set<PackID> { Set(names(storage, "packs/").compactMap(RemoteName.packID)) }

    private func packBytes(_ storage: MemoryStorage) -> Int {
        storage.names.filter { $0.text.hasPrefix("packs/") }.reduce(0) { $0 + (storage.bytes($1)?.count ?? 0) }
    }

    private func plan(_ shop: Workshop, _ storage: MemoryStorage, _ view: RemoteView) async throws -> SweepPlan {
        try await SweepPlan.make(
            view, engine: shop.engine, clock: SweepPlan.Clock(now: 1_800_000_000_000, grace: 0), assumptions: SweepMark.Assumptions(), jobs: 2,
            meter: Meter())
    }

    @Test func `What is needed of a mostly dead pack lies in a new one before the old one is condemned`() async throws {
        try await withWornPack { shop, storage, remains in
            let (old, before) = (remains.pack, packBytes(storage))
            let planned = try await sweep(shop, storage, dryRun: true)
            #expect(packs(storage) == [old])
            let first = try await sweep(shop, storage)
            var said = planned
            // Only the sweep says anew what is needed, and of that alone it can be told when.
            said.repositories = first.repositories
            #expect(first == said)
            #expect(first.repacked.packs == 1 && first.repacked.freed > first.repacked.bytes && first.damaged.isEmpty)
            #expect(first.condemned.packs == 1 && first.condemned.bytes == UInt64(before) && first.condemned.snapshots == 1)
            #expect(first.needed.packs == 1 && first.needed.bytes == first.repacked.bytes && first.removed == SweepCount())
            let new = packs(storage).subtracting([old])
            #expect(new.count == 1 && packBytes(storage) == before + Int(first.repacked.bytes))
            let side = Locator.Subject(remains.side)
            for (_, locator) in try locators(storage) {
                #expect(locator.parts.map(\.pack.id) == (locator.subject == side ? [old] : Array(new)))
            }
            try await expectWhole(try bound(shop, "main"), storage)

            let second = try await sweep(shop, storage)
            #expect(second.removed == first.condemned && second.repacked == RepackCount() && second.condemned == SweepCount())
            #expect(packs(storage) == new && packBytes(storage) == before - Int(first.repacked.freed))
            try expectClosed(storage)
            try await expectWhole(try bound(shop, "main"), storage)
            #expect(try await sweep(shop, storage).repacked == RepackCount())
        }
    }

    @Test func `A pack of which half is needed stays as it is`() async throws {
        try await with { shop, storage in
            let pack = try fuse(storage)
            let name = try ObjectName(RemoteName.pack(pack))
            let bytes = try #require(storage.bytes(name))
            let footer = try PackReader.open(ArraySource(bytes)).footer
            let view = session(shop, storage).view
            var mark = SweepMark()
            mark.packs[pack] = try await view.remote.head(name)
            let search = RepackSearch(engine: shop.engine, view: view, mark: mark, meter: Meter(), jobs: 2)
            var verdicts: [Bool] = []
            for count in 0...footer.blockCount {
                let kept = (0..<count).reduce(0) { $0 + footer.block($1).length }
                let need = PackNeeds.Need(length: UInt64(bytes.count), blocks: BlockRuns(blocks: 0..<count))
                let found = try await search.run([pack: need])
                if kept * 2 >= bytes.count { #expect(found.repacks.isEmpty) }
                if kept * 4 <= bytes.count { #expect(found.repacks.count == 1 && found.repacks[0].keptLength * 2 < UInt64(bytes.count)) }
                verdicts.append(!found.repacks.isEmpty)
            }
            #expect(verdicts.first == true && verdicts.last == false)
            // And one that names blocks that the pack does not have is damaged.
            let need = PackNeeds.Need(length: UInt64(bytes.count), blocks: BlockRuns([0..<1, UInt32.max - 1..<UInt32.max]))
            #expect(try await search.run([pack: need]).damaged == [pack])
        }
    }

    @Test func `A young pack is left alone`() async throws {
        try await withWornPack { shop, storage, remains in
            let old = remains.pack
            #expect(try await sweep(shop, storage, grace: 3600).repacked == RepackCount())
            storage.advance(by: 3_600_000)
            #expect(try await sweep(shop, storage, grace: 3600).repacked.packs == 1)
            storage.advance(by: 3_000_000)
            #expect(try await sweep(shop, storage, grace: 3600).removed == SweepCount())
            #expect(packs(storage).contains(old))
            storage.advance(by: 600_000)
            #expect(try await sweep(shop, storage, grace: 3600).removed.packs == 1)
            try await expectWhole(try bound(shop, "main"), storage)
        }
    }

    @Test func `Who holds the locators and indexes of before finds what was moved`() async throws {
        try await withWornPack { shop, storage, _ in
            let before = try locators(storage).map { ($0.name, $0.locator.bytes) }
            let kept = try bound(shop, "main")
            try await Workshop.with { reader in
                let view = RemoteView(remote(storage), cache: IndexCache(store: reader.store, remoteID: "reader"))
                try await view.loadIndexes()
                try await sweep(shop, storage)
                try await sweep(shop, storage)
                for (name, bytes) in before { storage.set(name, bytes) }
                for pointer in kept {
                    let isThere = try await Download(engine: reader.engine, view: view, meter: Meter(), jobs: 2).bring(pointer)
                    #expect(isThere && reader.store.isStored(pointer))
                }
            }
            try await Workshop.with { reader in
                let view = RemoteView(remote(storage), cache: IndexCache(store: reader.store, remoteID: "reader"))
                // In hand since before: no pack that it names is there.
                view.take([])
                let check = RemoteCheck(engine: shop.engine, view: view, meter: Meter(), jobs: 2)
                let outcome = try await check.run(kept, sample: RemoteSample(share: 1, seed: 0))
                #expect(outcome.lost.isEmpty && outcome.faults.isEmpty && outcome.readObjects > 0)
            }
        }
    }

    @Test(arguments: [false, true])
    func `A push that relies on the old pack keeps it`(writesLocator: Bool) async throws {
        try await withWornPack { shop, storage, remains in
            let (old, side) = (remains.pack, remains.side)
            try await push(shop, storage)
            // As if nobody had come to write it: then the push does, and names what it finds.
            if writesLocator { storage.set(try ObjectName(RemoteName.locator(Locator.Subject(side))), nil) }
            let delivery = delivery(shop, storage)
            let view = delivery.session.view
            try await Lease.holding(view.remote) { lease, condemned in
                view.heed(condemned, under: lease)
                try await view.loadIndexes()
                #expect(try await view.present([Locator.Subject(side)]).isEmpty == writesLocator)
                #expect(try await sweep(shop, storage).repacked.packs == 1)
                let second = try await sweep(shop, storage)
                #expect(second.removed == SweepCount() && second.waiting.packs == 1 && second.pushes == 1)
                #expect(try await finishPush(of: side, delivery.session, shop).bytes == 0)
            }
            try await Workshop.with { other in
                try await other.initialize()
                let third = try await sweep(other, storage)
                #expect(third.removed == SweepCount() && third.waiting == SweepCount() && packs(storage).contains(old))
            }
            try expectClosed(storage)
            try await expectWhole(try bound(shop, "main") + [side], storage)
        }
    }

    @Test func `A push that begins after the first look builds on the new pack`() async throws {
        try await withWornPack { shop, storage, remains in
            let old = remains.pack
            try await sweep(shop, storage)
            try shop.git("branch", "-q", "side", remains.commit)
            let totals = try await push(shop, storage)
            #expect(totals.snapshots == 1 && totals.bytes > 0)
            #expect(try locators(storage).allSatisfy { $0.locator.parts.allSatisfy { $0.pack.id != old } })
            #expect(try await sweep(shop, storage).removed.packs == 1)
            #expect(!packs(storage).contains(old))
            try expectClosed(storage)
            try await expectWhole(try bound(shop), storage)
        }
    }

    @Test func `Stopped at any call, repacking leaves all that is needed, and the next sweep does the rest`() async throws {
        try await withWornPack { shop, storage, remains in
            let old = remains.pack
            let kept = try bound(shop, "main")
            try await push(shop, storage)
            let finished = MemoryStorage(copying: storage)
            for _ in 0..<2 { try await sweep(shop, finished) }
            #expect(!packs(finished).contains(old))
            var stopped = 0
            for call in 0..<300 {
                let storage = MemoryStorage(copying: storage)
                for _ in 0..<call { storage.fail(.latency(.zero)) }
                storage.fail(call % 2 == 0 ? .refused : .answerLost)
                let failed = await errorCode { _ = try await sweep(shop, storage) } != nil
                // The fault came too late to be met.
                if !failed && storage.hasFaults { break }
                if failed { stopped += 1 }
                try expectClosed(storage, "call \(call)")
                for pointer in kept { #expect(try hasLocator(pointer, storage), "call \(call)") }
                if call % 8 == 0 { try await expectWhole(kept, storage) }
                storage.advance(by: SweepPlan.leaseExpiry + 1)
                for _ in 0..<2 { try await sweep(shop, storage) }
                let last = try await sweep(shop, storage)
                try expectClosed(storage, "call \(call)")
                #expect([last.condemned, last.removed, last.waiting].allSatisfy { $0 == SweepCount() } && last.repacked == RepackCount())
                #expect(last.needed.bytes == UInt64(packBytes(storage)) && !packs(storage).contains(old), "call \(call)")
                // What was moved for some locators only may be there twice.
                #expect(packs(storage).count <= packs(finished).count + 1 && packBytes(storage) < 2 * packBytes(finished) + 1000, "call \(call)")
                #expect(names(storage, "snapshots/") == names(finished, "snapshots/"), "call \(call)")
            }
            #expect(stopped > 20)
            try await expectWhole(kept, finished)
        }
    }

    @Test func `A pack with a damaged block that is needed stays whole, and is told`() async throws {
        try await withWornPack { shop, storage, remains in
            let old = remains.pack
            let name = try ObjectName(RemoteName.pack(old))
            var bytes = try #require(storage.bytes(name))
            let footer = try PackReader.open(ArraySource(bytes)).footer
            let kept = Set(try bound(shop, "main").map(Locator.Subject.init))
            let block = try #require(try locators(storage).first { kept.contains($0.locator.subject) }?.locator.parts.first?.runs.first?.lowerBound)
            let info = footer.block(Int(block))
            bytes[Int(info.offset) + Int(info.headLength)] ^= 1
            storage.set(name, bytes)
            let result = try await sweep(shop, storage)
            #expect(result.repacked == RepackCount() && result.damaged == [old.digest.hex] && result.condemned.packs == 0)
            #expect(packs(storage) == [old])
            // So is one whose footer can't be read, and a dry run sees that too.
            bytes[bytes.count - 1] ^= 1
            storage.set(name, bytes)
            #expect(try await sweep(shop, storage, dryRun: true).damaged == [old.digest.hex])
        }
    }

    @Test func `A block that is whole and not what its pack says is not copied`() async throws {
        try await with { shop, storage in
            let pack = try fuse(storage, lies: true)
            try shop.git("branch", "-q", "-D", "side")
            let result = try await sweep(shop, storage)
            #expect(result.damaged == [pack.digest.hex] && result.repacked == RepackCount() && packs(storage) == [pack])
        }
    }

    @Test func `A new pack that a stopped sweep left is used, and not condemned`() async throws {
        try await withWornPack { shop, storage, remains in
            try await push(shop, storage)
            let finished = MemoryStorage(copying: storage)
            try await sweep(shop, finished)
            let new = try #require(packs(finished).subtracting([remains.pack]).first)
            let name = try ObjectName(RemoteName.pack(new))
            storage.set(name, finished.bytes(name))
            let result = try await sweep(shop, storage)
            #expect(result.repacked.packs == 1 && result.condemned.packs == 1)
            let condemned = try await CondemnedObjects.read(remote(storage))
            #expect(condemned.packs == [remains.pack] && packs(storage) == [remains.pack, new])
        }
    }

    @Test func `A pack that goes while it is read is missing, not an error of the storage`() async throws {
        try await withWornPack { shop, storage, remains in
            let name = try ObjectName(RemoteName.pack(remains.pack))
            let length = UInt64(try #require(storage.bytes(name)).count)
            let opened = try await RemotePack.open(RemoteIndex.Pack(id: remains.pack, length: length), on: remote(storage))
            storage.set(name, nil)
            #expect(await errorCode { try await opened.read([0, 1]) { _, _ in } } == .missingContent)
        }
    }

    @Test func `Who has lost the lock takes locators back`() async throws {
        try await withWornPack { shop, storage, remains in
            try await push(shop, storage)
            let before = try locators(storage).map { ($0.name.text, $0.locator) }
            let plan = try await plan(shop, storage, session(shop, storage).view)
            let thief = Remote(try LockThief(storage), policy: RetryPolicy())
            let view = RemoteView(thief, cache: IndexCache(store: shop.store, remoteID: "thief"))
            let error = await errorCode {
                try await SweepLock.holding(
                    thief, store: shop.store.id, writer: "test", now: 1_800_000_000_000, upkeep: Upkeep(interval: .milliseconds(1))
                ) { lock in
                    let sweep = RemoteSweep(engine: shop.engine, view: view, lock: lock, meter: Meter(), jobs: 2)
                    _ = try await sweep.carryOut(plan)
                }
            }
            #expect(error == .busy && packs(storage).count == 2)
            let after = try locators(storage).map { ($0.name.text, $0.locator) }
            #expect(after.elementsEqual(before) { $0 == $1 })
            let condemned = try await CondemnedObjects.read(remote(storage))
            #expect(condemned.lists.isEmpty)
            storage.set(try ObjectName(RemoteName.sweepLock), nil)
            for _ in 0..<2 { try await sweep(shop, storage) }
            #expect(!packs(storage).contains(remains.pack))
            try await expectWhole(try bound(shop, "main"), storage)
        }
    }

    @Test func `A locator that came to need another block keeps the old pack`() async throws {
        try await withWornPack { shop, storage, remains in
            let old = remains.pack
            try await push(shop, storage)
            let view = session(shop, storage).view
            let plan = try await plan(shop, storage, view)
            let repack = try #require(plan.repacks.repacks.first)
            let (name, locator) = try #require(try locators(storage).first { repack.subjects.contains($0.locator.subject) })
            let part = try #require(locator.parts.first)
            let dead = try #require((0..<repack.blocks.end).first { !repack.blocks.blocks.contains($0) } ?? repack.blocks.end)
            let other = Locator(subject: locator.subject, parts: [Locator.Part(pack: part.pack, blocks: BlockRuns(part.runs).blocks + [dead])])
            storage.set(name, other.bytes)
            try await SweepLock.holding(view.remote, store: shop.store.id, writer: "test", now: 1_800_000_000_000) { lock in
                let repacking = Repacking(
                    engine: shop.engine, view: view, lock: lock, condemned: plan.condemned, meter: Meter(), jobs: 2)
                let outcome = try await repacking.carryOut(plan.repacks.repacks)
                #expect(outcome.done.isEmpty && outcome.made.count == 1 && outcome.damaged.isEmpty)
                let sweep = RemoteSweep(engine: shop.engine, view: view, lock: lock, meter: Meter(), jobs: 2)
                #expect(try await sweep.carryOut(plan).done.isEmpty)
            }
            #expect(storage.bytes(name) == other.bytes && packs(storage).contains(old))
            let condemned = try await CondemnedObjects.read(remote(storage))
            #expect(condemned.packs.isEmpty)
        }
    }
}
