import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

/// Recipes that stand under the oid of one file and make another.
struct ForgedRecipeTests {
    let tree: WorkTreeFixture
    let forger = StoreFixture()
    let file = SampleFile(1_500_000, seed: 4)

    init() throws {
        tree = try WorkTreeFixture()
    }

    /// Stores the file's chunks, and under its oid a recipe that lists them in `order`, or one chunk as often as the file's size takes.
    private func forge(in store: Store, order: [Int]? = nil, repeated: (id: ChunkID, length: UInt32)? = nil, snapshot: Bool = false) throws {
        let session = try store.beginWrite()
        let pieces = file.pieces.map { Array($0) }
        let encoder = BlockEncoder()
        func append(_ objects: [[UInt8]], ids: [Digest], type: BlockType) throws {
            let chunks = zip(ids, objects).map { BlockChunk(id: $0, length: UInt32($1.count)) }
            let raw = objects.flatMap { $0 }
            try session.append(raw.withUnsafeBytes { try encoder.encode(type: type, chunks: chunks, raw: $0, choice: .auto) })
        }
        let ids = pieces.map { SHA256Hasher.hash($0) }
        try append(pieces, ids: ids, type: .data)
        var builder = RecipeBuilder(profile: "test") { try append([$1], ids: [$0.digest], type: .node) }
        if let repeated {
            var rest = UInt32(file.content.count)
            while rest > 0 {
                try builder.add(repeated.id, length: min(rest, repeated.length))
                rest -= min(rest, repeated.length)
            }
        }
        for index in repeated != nil ? [] : order ?? Array(pieces.indices.reversed()) {
            try builder.add(ChunkID(ids[index]), length: UInt32(pieces[index].count))
        }
        let recipe = try tree.require(try builder.finish(oid: file.oid))
        try append([recipe.object], ids: [file.oid.digest], type: .recipe)
        try session.commit(snapshot ? [SnapshotRow(content: file.pointer, time: store.options.now())] : [])
    }

    /// Sends what the forger has of the file to `store`.
    private func send(from source: Store, to store: Store) throws {
        var keys: Set<ObjectKey> = []
        try source.walk.visit(file.pointer) { keys.insert($0) }
        let shipment = try source.shipment(of: keys)
        let arrival = try store.beginArrival()
        for part in shipment.parts {
            let pack = try shipment.pack(part)
            defer { pack.discard(from: source) }
            let reader = try PackReader.open(pack.source)
            let ids = reader.footer.objectIDs()
            for block in 0..<reader.footer.blockCount { try arrival.take(reader.block(block), ids: ids[block]) }
        }
        try arrival.commit(nil)
    }

    private func expectCorrupt(_ body: () throws -> Void) {
        let error = #expect(throws: TenonError.self) { try body() }
        #expect(error?.code == .corrupt)
    }

    /// Once it was refused it is damaged, and so missing.
    private func expectMissing(_ body: () throws -> Void) {
        let error = #expect(throws: TenonError.self) { try body() }
        #expect(error?.code == .missingContent)
    }

    private func expectHealedByAdding(_ store: Store) throws {
        tree.write("model", file.content)
        tree.settle()
        #expect(try tree.pointer("model") == file.pointer)
        #expect(store.isStored(file.pointer))
        tree.remove("model")
        try tree.checkout(file.pointer, "model")
        #expect(tree.read("model") == file.content)
    }

    @Test func aForgedSnapshotIsRefusedAndTheRightBytesHealIt() throws {
        try forger.withStore { source in
            try forge(in: source)
            try send(from: source, to: tree.store)
        }
        expectCorrupt { try tree.store.completeSnapshot(file.pointer) }
        #expect(!tree.store.isStored(file.pointer))
        #expect(!tree.store.contains(ObjectKey(type: .recipe, id: file.oid.digest)))
        expectMissing { try tree.checkout(file.pointer, "model") }
        #expect(!tree.exists("model") && !tree.exists(".tenon-tmp"))
        try expectHealedByAdding(tree.store)
    }

    @Test func whatAnotherSnapshotNeedsIsStillEntered() throws {
        let good = SampleFile(300_000, seed: 5)
        try forger.withStore { source in
            try forge(in: source)
            try send(from: source, to: tree.store)
        }
        try good.store(in: tree.store)
        let failures = try tree.store.completeSnapshots([good.pointer, file.pointer])
        #expect(failures.map(\.pointer) == [file.pointer] && failures.map(\.error.code) == [.corrupt])
        #expect(tree.store.isStored(good.pointer))
    }

    @Test func aRecipeThatCameWithoutASnapshotIsProvedBeforeACheckoutUsesIt() throws {
        try forger.withStore { source in
            try forge(in: source)
            try send(from: source, to: tree.store)
        }
        expectCorrupt { try tree.checkout(file.pointer, "model") }
        #expect(!tree.exists("model"))
        try expectHealedByAdding(tree.store)
    }

    @Test func aWholeFileThatIsReadIsProvedFirst() throws {
        try forger.withStore { source in
            try forge(in: source)
            try send(from: source, to: tree.store)
        }
        expectCorrupt {
            try tree.store.withBytes(of: file.oid, size: file.pointer.size, range: 0..<file.pointer.size) { _ in
                Issue.record("bytes of a forged file were handed out")
            }
        }
    }

    @Test func addDoesNotRelyOnAForgedRecipe() throws {
        try forger.withStore { source in
            try forge(in: source)
            try send(from: source, to: tree.store)
        }
        try expectHealedByAdding(tree.store)
    }

    @Test func whatIsNotProvedIsRememberedAcrossAStart() throws {
        let victim = StoreFixture()
        try forger.withStore { source in
            try forge(in: source)
            try victim.withStore { try send(from: source, to: $0) }
        }
        try victim.withStore { store in
            #expect(store.isUnproved(file.oid))
            expectCorrupt { try store.completeSnapshot(file.pointer) }
        }
        // Made again from packs, it knows of no recipe where it came from.
        try victim.withStore { store in
            _ = try store.fsck(FsckOptions(read: true, rebuild: true), progress: { _ in }, finding: { _ in })
            #expect(store.isUnproved(file.oid))
            expectCorrupt { try store.completeSnapshot(file.pointer) }
        }
    }

    @Test func anotherCutOfTheSameFileIsProvedOnceAndKept() throws {
        try forger.withStore { source in
            try file.store(in: source)
            try send(from: source, to: tree.store)
        }
        #expect(tree.store.isUnproved(file.oid))
        try tree.store.completeSnapshot(file.pointer)
        #expect(tree.store.isStored(file.pointer) && !tree.store.isUnproved(file.oid))
        tree.write("model", file.content)
        tree.settle()
        #expect(try tree.pointer("model") == file.pointer)
        #expect(try file.read(from: tree.store) == file.content)
        try tree.checkout(file.pointer, "copy")
        #expect(tree.read("copy") == file.content)
    }

    @Test func aChunkThatIsLongerThanTheRecipeSaysIsNotReadAgainAndAgain() throws {
        let id = ChunkID(SHA256Hasher.hash(Array(file.pieces[0])))
        try forge(in: tree.store, repeated: (id, 1024))
        let progress = ProgressSink()
        let proof = try FileProof.run(file.oid, size: file.pointer.size, store: tree.store, progress: progress)
        #expect(proof.problems.map(\.problem) == [.damaged] && proof.problems.first?.chunk == id && proof.isForged)
        #expect(progress.totals.bytes <= file.pointer.size)
    }

    @Test func aChunkThatIsMissingIsSaidOnce() throws {
        try forge(in: tree.store, repeated: (ChunkID(SHA256Hasher.hash([1])), 1024))
        let proof = try FileProof.run(file.oid, size: file.pointer.size, store: tree.store, progress: ProgressSink())
        #expect(proof.problems.map(\.problem) == [.missing] && !proof.isForged)
    }

    @Test func verifyMarksAForgedRecipeDamaged() throws {
        // As in a store from before recipes were proved.
        try forge(in: tree.store, snapshot: true)
        #expect(tree.store.isStored(file.pointer) && !tree.store.isUnproved(file.oid))
        var memo = VerifyMemo()
        var problems: [VerifyProblem] = []
        try tree.store.verify(file.pointer, memo: &memo, progress: tree.progress) { problems.append($0) }
        #expect(problems.map(\.problem) == [.damaged])
        #expect(!tree.store.isStored(file.pointer))
        // A read of all blocks finds them good, and takes the mark back; the file has to be proved all the same.
        _ = try tree.store.fsck(FsckOptions(read: true), progress: { _ in }, finding: { _ in })
        expectCorrupt { try tree.checkout(file.pointer, "model") }
        try expectHealedByAdding(tree.store)
    }
}
