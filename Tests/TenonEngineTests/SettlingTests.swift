import Logging
import TenonAPI
import TenonCore
import TenonFormat
import TenonStore
import Testing

@testable import TenonEngine

/// A checkout replies before the disk has its files: what the base says until then, and what it is worth after a power cut.
struct SettlingTests {
    @Test func `A checkout's base is good in this boot, and settled once the disk has the files`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try await shop.goBack()
            #expect(try shop.base("data") == .written(shop.pointer("data"), boot: .current))
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
            await shop.engine.settleWaitingMoves()
            #expect(try shop.base("data") == .settled(shop.pointer("data")))
            #expect(try shop.base("model.bin") == .settled(shop.pointer("model.bin")))
        }
    }

    @Test func `What another boot left half written is moving, never a change, and restore finishes it`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try await shop.goBack()
            try shop.cutPower()
            try shop.write("data/sub/b.csv", "")
            #expect(try await shop.states() == ["data": .moving, "model.bin": .clean])
            #expect(await errorCode { try await shop.update() } == .artifactState)
            try await shop.update(stage: false)
            #expect(try shop.git("status", "--porcelain") == "")
            #expect(try await shop.restore("data").failed.isEmpty)
            #expect(shop.read("data/sub/b.csv") == "b,1\n")
            #expect(try await shop.states()["data"] == .clean)
        }
    }

    @Test func `After a power cut files are read, whatever the stat cache says, and whole data is settled`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try await shop.goBack()
            #expect(try shop.bytesRead("model.bin") == 0)
            try shop.cutPower()
            let engine = shop.anotherEngine()
            let tree = try WorkTree(shop.context, engine: engine)
            _ = try Survey(tree)
            #expect(try shop.bytesRead("model.bin") == 9)
            // What was read in this boot is believed, once the file's time has passed for certain: it was written a few milliseconds ago.
            for _ in 0..<500 where try shop.bytesRead("model.bin") != 0 { try await Task.sleep(for: .milliseconds(10)) }
            _ = try Survey(tree)
            #expect(try shop.bytesRead("model.bin") == 0)
            _ = try await engine.status(StatusRequest(workTree: shop.context), Reporter())
            #expect(try shop.base("model.bin") == .written(shop.pointer("model.bin"), boot: .current))
            await engine.settleWaitingMoves()
            #expect(try shop.base("model.bin") == .settled(shop.pointer("model.bin")))
        }
    }

    @Test func `A change that is added on top of a checkout is no surer than the checkout`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try await shop.goBack()
            try shop.write("data/a.csv", "a,3\n")
            try await shop.update()
            #expect(try shop.base("data") == .written(shop.pointer("data"), boot: .current))
            try shop.cutPower()
            try shop.write("data/sub/b.csv", "")
            #expect(try await shop.states()["data"] == .moving)
        }
    }

    @Test func `A sync that fails settles nothing`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let faults = FaultPlan()
            let engine = shop.anotherEngine(faults)
            try await shop.goBack(engine)
            faults.arm(failing: 1)
            await engine.settleWaitingMoves()
            #expect(faults.hasFired)
            guard case .synchronizeFileSystem = faults.recorded.last else {
                Issue.record("\(faults.recorded)")
                return
            }
            #expect(try shop.base("data") == .written(shop.pointer("data"), boot: .current))
        }
    }

    @Test func `A sync settles nothing that was moved after it began`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try await shop.goBack()
            let first = try #require(shop.engine.unsynced.next())
            try shop.git("switch", "-q", "main")
            try await shop.reconcile()
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            try await shop.reconcile()
            try shop.engine.settle(first)
            #expect(try shop.base("data") == .written(shop.pointer("data"), boot: .current))
            await shop.engine.settleWaitingMoves()
            #expect(try shop.base("data") == .settled(shop.pointer("data")))
        }
    }

    @Test func `Every write that fails on the way leaves data that is as it was, moving, or done`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let faults = FaultPlan()
            let engine = shop.anotherEngine(faults)
            for number in 1... {
                try shop.git("switch", "-q", "main")
                try await shop.reconcile()
                faults.arm(failing: number, extent: .crash)
                try? await shop.goBack(engine)
                await engine.settleWaitingMoves()
                let isDone = !faults.hasFired
                faults.arm(failing: nil)
                // As another daemon in another boot finds it: half of the files are not there.
                try shop.cutPower()
                let state = try await shop.states()["data"]
                #expect([.clean, .behind, .moving].contains(state), "\(String(describing: state)) after fault \(number)")
                try await shop.update(stage: false)
                #expect(try shop.git("status", "--porcelain") == "")
                _ = try await shop.restore("data", "model.bin")
                #expect(shop.read("data/a.csv") == "a,1\n")
                if isDone { break }
            }
        }
    }
}

extension Workshop {
    /// To the first commit, and the data with it.
    fileprivate func goBack(_ engine: Engine? = nil) async throws {
        try git("switch", "-q", "--detach", "HEAD~1")
        _ = try await (engine ?? self.engine).restore(RestoreRequest(workTree: context, mode: .reconcile), Reporter())
    }

    fileprivate func anotherEngine(_ faults: FaultPlan? = nil) -> Engine {
        Engine(store: store, log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), fileSystem: FileSystem(faults: faults))
    }

    private var bases: BaseStore { BaseStore(directory: tree + "/.git/tenon", fileSystem: FileSystem(), log: store.log) }

    fileprivate func base(_ artifact: String) throws -> Base? {
        try bases.load()[RelativePath(artifact)]
    }

    fileprivate func pointer(_ artifact: String) throws -> Pointer {
        try Pointer(parsing: Array((read(artifact + ".tenon") ?? "").utf8))
    }

    /// Lets the bases be of an earlier boot.
    fileprivate func cutPower() throws {
        var table = try bases.load()
        let earlier = try #require(BootID("0".utf8))
        for (path, base) in table.bases {
            if case .written(let pointer, _) = base { table[path] = .written(pointer, boot: earlier) }
        }
        try bases.save(table)
    }

    /// What must be read of an artifact to tell what it is.
    fileprivate func bytesRead(_ artifact: String) throws -> UInt64 {
        let progress = ProgressSink()
        _ = try store.look(try WorkTree(context, engine: engine).place(RelativePath(artifact)), progress: progress)
        return progress.totals.bytes
    }
}
