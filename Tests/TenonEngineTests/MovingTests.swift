import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonStore
import Testing

@testable import TenonEngine

/// Data follows pointers, and nothing is taken for a change that is none. `RestoreTests`: what people ask for by name.
struct MovingTests {
    @Test func `A switch that Tenon did not see is behind, never modified, and reconcile follows it`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            #expect(try await shop.states() == ["data": .behind, "model.bin": .behind])
            let warnings = Collected<String>()
            try await shop.update(warnings: warnings)
            #expect(warnings.values.count == 2)
            #expect(try shop.git("status", "--porcelain") == "")
            #expect(await errorCode { try await shop.add("model.bin") } == .artifactState)
            let reply = try await shop.reconcile()
            #expect(reply.failed.isEmpty)
            #expect(reply.restored.map(\.path.description) == ["data", "model.bin"])
            #expect(shop.read("data/a.csv") == "a,1\n")
            #expect(shop.read("data/sub/b.csv") == "b,1\n")
            #expect(shop.read("model.bin") == "weights 1")
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
            try shop.git("switch", "-q", "main")
            try await shop.reconcile()
            #expect(shop.read("model.bin") == "weights 2")
        }
    }

    @Test func `reconcile leaves a change alone whose pointer Git did not move`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "my own")
            try shop.delete("data")
            let reply = try await shop.reconcile()
            #expect(reply.restored.isEmpty)
            #expect(shop.read("model.bin") == "my own")
            #expect(!shop.exists("data"))
        }
    }

    @Test func `Diverged data is refused by add -u, saved by restore, and comes back by recover`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "my own")
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            #expect(try await shop.states()["model.bin"] == .diverged)
            #expect(await errorCode { try await shop.update() } == .artifactState)
            #expect(try shop.git("status", "--porcelain") == "")
            let reply = try await shop.restore("model.bin")
            let saved = try #require(reply.restored.first?.saved)
            #expect(shop.read("model.bin") == "weights 1")
            let list = try await shop.engine.recover(RecoverRequest(workTree: shop.context), Reporter())
            #expect(list.states.map(\.id) == [saved])
            #expect(list.states.first?.path == WirePath("model.bin"))
            let back = try await shop.engine.recover(RecoverRequest(workTree: shop.context, id: String(saved.prefix(8))), Reporter())
            #expect(back.restored?.path == WirePath("model.bin"))
            #expect(shop.read("model.bin") == "my own")
            #expect(try await shop.changed() == ["model.bin"])
            _ = try await shop.engine.recover(
                RecoverRequest(workTree: shop.context, id: saved, destination: WirePath(shop.root + "/copy")), Reporter())
            #expect(FileManager.default.contents(atPath: shop.root + "/copy") == Data("my own".utf8))
        }
    }

    @Test func `Diverged data is taken by add that names it`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "my own")
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            try await shop.add("model.bin")
            #expect(try await shop.states()["model.bin"] == .clean)
            #expect(shop.read("model.bin") == "my own")
        }
    }

    @Test func `Half a checkout is moving until restore finishes it, and add refuses it`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            // As a checkout leaves it that was killed after its first file.
            try shop.mark("data", movingFrom: "main", to: "HEAD")
            try shop.write("data/sub/b.csv", "half")
            #expect(try await shop.states()["data"] == .moving)
            #expect(await errorCode { try await shop.update() } == .artifactState)
            #expect(await errorCode { try await shop.add("data") } == .artifactState)
            try await shop.update(stage: false)
            #expect(try shop.git("status", "--porcelain") == "")
            let reply = try await shop.restore("data")
            #expect(reply.failed.isEmpty)
            #expect(shop.read("data/a.csv") == "a,1\n")
            #expect(shop.read("data/sub/b.csv") == "b,1\n")
            #expect(try await shop.states()["data"] == .clean)
        }
    }

    @Test func `A checkout killed after its last file is over`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.mark("data", movingFrom: "HEAD~1", to: "HEAD")
            #expect(try await shop.states()["data"] == .clean)
            try shop.write("data/a.csv", "a,3\n")
            #expect(try await shop.changed() == ["data"])
        }
    }

    @Test func `A write to disk that fails at any moment of a restore loses nothing and is told`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            let faults = FaultPlan()
            let engine = Engine(store: shop.store, log: shop.store.log, fileSystem: FileSystem(faults: faults))
            for call in 1...40 {
                faults.arm(failing: call, extent: .crash)
                let reply = try? await engine.restore(RestoreRequest(workTree: shop.context, mode: .reconcile), Reporter())
                if !faults.hasFired {
                    #expect(reply?.failed.isEmpty == true)
                    break
                }
                #expect(try await shop.changed() == [], "call \(call)")
            }
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
            #expect(shop.read("model.bin") == "weights 1")
        }
    }

    @Test func `A restore that fails before it touches anything leaves data, pointer and base as they were`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "my own")
            let pointer = shop.read("model.bin.tenon")
            // The catalog believes that it has all; the bytes can't be read.
            try shop.losePacks()
            let reply = try await shop.restore("model.bin", source: try shop.commit("HEAD~1"))
            #expect(reply.failed.map(\.error.code) == [.missingContent])
            #expect(shop.read("model.bin") == "my own")
            #expect(shop.read("model.bin.tenon") == pointer)
            #expect(try await shop.changed() == ["model.bin"])
            try await shop.add("model.bin")
            #expect(try await shop.states()["model.bin"] == .clean)
        }
    }

    @Test func `A restore that fails where nothing lay leaves nothing there`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.delete("model.bin")
            let pointer = shop.read("model.bin.tenon")
            try shop.losePacks()
            let reply = try await shop.restore("model.bin", source: try shop.commit("HEAD~1"))
            #expect(reply.failed.map(\.error.code) == [.missingContent])
            #expect(!shop.exists("model.bin") && shop.read("model.bin.tenon") == pointer)
            try shop.write("model.bin", "my own")
            try await shop.add("model.bin")
            #expect(try await shop.states()["model.bin"] == .clean)
        }
    }

    @Test func `Without its bases nothing is taken for a change`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            try shop.write(".git/tenon/base", "garbage")
            #expect(try await shop.states() == ["data": .diverged, "model.bin": .diverged])
            #expect(await errorCode { try await shop.update() } == .artifactState)
            try await shop.reconcile()
            #expect(shop.read("model.bin") == "weights 1")
            #expect(shop.exists(".git/tenon/base.damaged"))
        }
    }

    @Test func `Data goes with its pointer and comes back with it`() async throws {
        try await Workshop.with { shop in
            try shop.write("code.py", "1")
            try shop.git("add", "code.py")
            try shop.git("commit", "-q", "-m", "before")
            try await shop.twoCommits()
            try shop.git("switch", "-q", "--detach", "HEAD~2")
            #expect(shop.exists("model.bin"))
            let gone = try await shop.reconcile()
            #expect(gone.failed.isEmpty)
            #expect(!shop.exists("model.bin"))
            #expect(!shop.exists("data"))
            #expect(try await shop.states() == [:])
            try shop.git("switch", "-q", "main")
            #expect(try await shop.states() == ["data": .notFetched, "model.bin": .notFetched])
            try await shop.reconcile()
            #expect(shop.read("model.bin") == "weights 2")
            #expect(shop.read("data/sub/b.csv") == "b,1\n")
        }
    }

    @Test func `Changed data whose pointer goes is saved first`() async throws {
        try await Workshop.with { shop in
            try shop.git("commit", "-q", "--allow-empty", "-m", "before")
            try await shop.twoCommits()
            try shop.write("model.bin", "my own")
            try shop.git("switch", "-q", "--detach", "HEAD~2")
            let reply = try await shop.reconcile()
            #expect(!shop.exists("model.bin"))
            let saved = try #require(reply.restored.first { $0.path == WirePath("model.bin") }?.saved)
            _ = try await shop.engine.recover(RecoverRequest(workTree: shop.context, id: saved), Reporter())
            #expect(shop.read("model.bin") == "my own")
        }
    }

    @Test func `An artifact may become several below it, and the other way round`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("switch", "-q", "-c", "split")
            _ = try await shop.engine.untrack(UntrackRequest(workTree: shop.context, paths: [WirePath("data")]), Reporter())
            try await shop.add("data/sub")
            try shop.git("commit", "-q", "-m", "split")
            try shop.git("switch", "-q", "main")
            try await shop.reconcile()
            #expect(shop.read("data/a.csv") == "a,2\n")
            #expect(shop.read("data/sub/b.csv") == "b,1\n")
            try shop.git("switch", "-q", "split")
            let reply = try await shop.reconcile()
            #expect(reply.failed.isEmpty)
            #expect(shop.read("data/sub/b.csv") == "b,1\n")
            #expect(shop.exists("data/sub.tenon"))
        }
    }

    @Test func `A conflict is told, refused by add -u, and ended by a side or by what lies there`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("switch", "-q", "-c", "other", "HEAD~1")
            try await shop.reconcile()
            try shop.write("model.bin", "theirs")
            try await shop.update()
            try shop.git("commit", "-q", "-m", "theirs")
            try shop.git("switch", "-q", "main")
            try await shop.reconcile()
            try shop.git("merge", "-q", "other", mayFail: true)
            #expect(try await shop.states() == ["data": .clean, "model.bin": .conflicted])
            #expect(await errorCode { try await shop.update() } == .artifactState)
            #expect(shop.read("model.bin.tenon")?.contains("<<<<") == false)
            let refused = try await shop.restore("model.bin")
            #expect(refused.failed.first?.error.code == .artifactState)
            try await shop.restore("model.bin", side: .theirs)
            #expect(shop.read("model.bin") == "theirs")
            try await shop.restore("model.bin", side: .ours)
            #expect(shop.read("model.bin") == "weights 2")
            try await shop.add("model.bin")
            #expect(try await shop.states()["model.bin"] == .clean)
            #expect(try shop.git("ls-files", "-u") == "")
        }
    }

    @Test func `A pointer that can't be read is named and leaves its data alone`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin.tenon", "nonsense\n")
            let status = try await shop.status()
            let artifact = try #require(status.artifacts.first { $0.path == WirePath("model.bin") })
            #expect(artifact.state == .damaged)
            #expect(artifact.detail != nil)
            let reply = try await shop.reconcile()
            #expect(reply.failed.map(\.path) == [WirePath("model.bin")])
            #expect(await errorCode { try await shop.update() } == .artifactState)
            #expect(shop.read("model.bin") == "weights 2")
            try await shop.restore("model.bin")
            #expect(try await shop.states()["model.bin"] == .clean)
        }
    }

    @Test func `A pointer of a newer version is never written over`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin.tenon", "tenon 9\n")
            #expect(try await shop.status().artifacts.last?.detail?.contains("newer") == true)
            #expect(await errorCode { try await shop.add("model.bin") } == .unsupportedVersion)
            #expect(shop.read("model.bin.tenon") == "tenon 9\n")
        }
    }

    @Test func `Bytes that the store lacks leave everything as it was`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let pointer = Pointer.file(oid: OID(Digest(words: (1, 2, 3, 4))), size: 12)
            try shop.write("model.bin.tenon", String(decoding: pointer.bytes, as: UTF8.self))
            let status = try await shop.status()
            #expect(status.artifacts.last?.state == .behind)
            #expect(status.artifacts.last?.stored == false)
            let reply = try await shop.reconcile()
            #expect(reply.failed.map(\.error.code) == [.missingContent])
            #expect(shop.read("model.bin") == "weights 2")
            #expect(try await shop.states()["model.bin"] == .behind)
        }
    }

    @Test func `A sparse checkout hides pointers and deletes nothing`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("kept/x", "1")
            try shop.git("add", "kept")
            try shop.git("commit", "-q", "-m", "three")
            try shop.git("sparse-checkout", "set", "--no-cone", "/kept/", "/code.py", "/.gitignore")
            #expect(!shop.exists("model.bin.tenon"))
            let reply = try await shop.reconcile()
            #expect(reply.restored.isEmpty)
            #expect(shop.read("model.bin") == "weights 2")
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
            try await shop.update()
            #expect(!shop.exists("model.bin.tenon"))
            #expect(try shop.git("status", "--porcelain") == "")
        }
    }

    @Test func `Changed data that a diff has stored is still named by recover when it is overwritten`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "mine")
            _ = try await shop.engine.diff(DiffRequest(workTree: shop.context), Reporter())
            let reply = try await shop.restore("model.bin")
            let saved = try #require(reply.restored.first?.saved)
            _ = try await shop.engine.recover(RecoverRequest(workTree: shop.context, id: saved), Reporter())
            #expect(shop.read("model.bin") == "mine")
        }
    }

    @Test func `Changed data whose pointer had followed it is still named by recover when both are overwritten`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "mine")
            try await shop.update(stage: false)
            let reply = try await shop.restore("model.bin")
            #expect(reply.restored.first?.saved != nil)
            try shop.write("model.bin", "mine again")
            try await shop.update()
            try shop.git("reset", "-q", "--hard")
            #expect(try await shop.states()["model.bin"] == .behind)
            #expect(try await shop.reconcile().restored.first?.saved != nil)
            #expect(shop.read("model.bin") == "weights 2")
            // What a commit binds, or a stash, needs no other name.
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            #expect(try await shop.reconcile().restored.map(\.saved) == [nil, nil])
            try shop.write("model.bin", "stashed")
            try await shop.update()
            try shop.git("stash", "-q")
            #expect(try await shop.reconcile().restored.map(\.saved) == [nil])
            try shop.git("stash", "pop", "-q")
            try await shop.reconcile()
            #expect(shop.read("model.bin") == "stashed")
        }
    }

    @Test func `A linked work tree has data, bases and identity of its own`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let linked = shop.root + "/linked"
            try shop.git("worktree", "add", "-q", "--detach", linked, "HEAD~1")
            let context = shop.context(of: linked)
            let status = try await shop.engine.status(StatusRequest(workTree: context), Reporter())
            #expect(status.artifacts.map(\.state) == [.notFetched, .notFetched])
            let reply = try await shop.engine.restore(RestoreRequest(workTree: context, mode: .reconcile), Reporter())
            #expect(reply.failed.isEmpty)
            #expect(FileManager.default.contents(atPath: linked + "/model.bin") == Data("weights 1".utf8))
            #expect(shop.read("model.bin") == "weights 2")
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
            #expect(shop.exists(".git/worktrees/linked/tenon/base"))
            #expect(shop.read(".git/worktrees/linked/tenon/id") != shop.read(".git/tenon/id"))
            #expect(try shop.git("-C", linked, "status", "--porcelain") == "")
        }
    }

    @Test func `No repository, a bare one and another's are named as what they are`() async throws {
        try await Workshop.with { shop in
            mkdir(shop.root + "/none", 0o755)
            #expect(
                await errorCode { _ = try await shop.engine.status(StatusRequest(workTree: shop.context(of: shop.root + "/none")), Reporter()) }
                    == .notARepository)
            try shop.git("init", "-q", "--bare", shop.root + "/bare")
            #expect(
                await errorCode { _ = try await shop.engine.status(StatusRequest(workTree: shop.context(of: shop.root + "/bare")), Reporter()) }
                    == .notARepository)
        }
    }

    @Test func `A repository with SHA-256 objects works the same`() async throws {
        try await Workshop.with { shop in
            try FileManager.default.removeItem(atPath: shop.tree + "/.git")
            try shop.git("init", "-q", "-b", "main", "--object-format=sha256")
            try shop.git("config", "user.name", "Test")
            try shop.git("config", "user.email", "test@example.com")
            try await shop.twoCommits()
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            #expect(try await shop.reconcile().failed.isEmpty)
            #expect(shop.read("model.bin") == "weights 1")
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
        }
    }

    @Test func `A request whose client has gone stops and leaves a state that can be told`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            #expect(
                await errorCode {
                    _ = try await shop.engine.restore(
                        RestoreRequest(workTree: shop.context, mode: .reconcile), Reporter(isCancelled: { true }))
                } == .cancelled)
            #expect(try await shop.states() == ["data": .behind, "model.bin": .behind])
        }
    }

    @Test func `Verbs that write one work tree take turns`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            for number in 0..<8 { try shop.write("file\(number)", "\(number)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask { try await shop.add("file\(number)") }
                }
                try await group.waitForAll()
            }
            #expect(try await shop.states().count == 8)
            #expect(try shop.git("diff", "--cached", "--name-only", "*.tenon").split(separator: "\n").count == 8)
            #expect(shop.read(".gitignore")?.split(separator: "\n").count == 8)
        }
    }
}

extension Workshop {
    /// Writes the base of `artifact` as a checkout between two commits does before its first file.
    fileprivate func mark(_ artifact: String, movingFrom from: String, to: String) throws {
        let pointers = try [from, to].map { try Pointer(parsing: Array((git("show", "\($0):\(artifact).tenon") + "\n").utf8)) }
        let bases = BaseStore(directory: tree + "/.git/tenon", fileSystem: FileSystem(), log: store.log)
        var table = try bases.load()
        table[try RelativePath(artifact)] = .moving(from: pointers[0], to: pointers[1])
        try bases.save(table)
    }
}
