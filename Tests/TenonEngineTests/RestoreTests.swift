import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonStore
import Testing

@testable import TenonEngine

/// What `restore` brings, where to, and what it saves of what it overwrites.
struct RestoreTests {
    @Test func `restore brings back HEAD's state, another commit's, or one file of it`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("data/a.csv", "mine")
            try shop.write("data/new.csv", "new")
            try shop.write("model.bin", "mine")
            try await shop.restore("data/a.csv")
            #expect(shop.read("data/a.csv") == "a,2\n")
            #expect(shop.read("data/new.csv") == "new")
            try await shop.restore()
            #expect(!shop.exists("data/new.csv"))
            #expect(shop.read("model.bin") == "weights 2")
            #expect(try shop.git("status", "--porcelain") == "")
            try await shop.restore("data", source: try shop.commit("HEAD~1"))
            #expect(shop.read("data/a.csv") == "a,1\n")
            #expect(try await shop.states()["data"] == .clean)
            #expect(try shop.git("status", "--porcelain") == " M data.tenon")
            try await shop.restore("data")
            #expect(shop.read("data/a.csv") == "a,2\n")
            #expect(try shop.git("status", "--porcelain") == "")
            #expect(await errorCode { try await shop.restore("nothing") } == .notFound)
        }
    }

    @Test func `restore as in HEAD takes back what was staged`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "mine")
            try await shop.add("model.bin")
            try await shop.restore("model.bin")
            #expect(shop.read("model.bin") == "weights 2")
            #expect(try shop.git("status", "--porcelain") == "")
        }
    }

    @Test func `What only pointer and index name is saved before HEAD's state takes their place`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("data/precious.csv", "p\n")
            try shop.write("model.bin", "mine")
            try await shop.add("data", "model.bin")
            try shop.delete("data/precious.csv")
            try shop.write("model.bin", "weights 2")
            let reply = try await shop.restore("data", "model.bin")
            #expect(try shop.git("status", "--porcelain") == "")
            let saved = reply.restored.compactMap(\.saved)
            #expect(saved.count == 2)
            for id in saved { _ = try await shop.engine.recover(RecoverRequest(workTree: shop.context, id: id), Reporter()) }
            #expect(shop.read("data/precious.csv") == "p\n")
            #expect(shop.read("model.bin") == "mine")
        }
    }

    @Test func `What the pointer alone names is saved before another commit's takes its place`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "mine")
            try await shop.update(stage: false)
            try shop.delete("model.bin")
            let reply = try await shop.restore("model.bin", source: try shop.commit("HEAD~1"))
            #expect(shop.read("model.bin") == "weights 1")
            let saved = try #require(reply.restored.first?.saved)
            _ = try await shop.engine.recover(RecoverRequest(workTree: shop.context, id: saved), Reporter())
            #expect(shop.read("model.bin") == "mine")
        }
    }

    @Test func `Missing data comes back as its pointer names it, staged or not`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("data/new.csv", "new")
            try shop.write("model.bin", "mine")
            try await shop.add("data")
            try await shop.update(stage: false)
            try shop.delete("data")
            try shop.delete("model.bin")
            #expect(try await shop.states() == ["data": .missing, "model.bin": .missing])
            let before = try shop.git("status", "--porcelain")
            try await shop.restore()
            #expect(shop.read("data/new.csv") == "new")
            #expect(shop.read("model.bin") == "mine")
            #expect(try shop.git("status", "--porcelain") == before)
        }
    }

    @Test func `restore --to writes elsewhere and leaves the work tree alone`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "mine")
            let target = shop.root + "/else/where"
            let reply = try await shop.restore("data/sub", "model.bin", source: try shop.commit("HEAD~1"), destination: target)
            #expect(reply.failed.isEmpty)
            #expect(FileManager.default.contents(atPath: target + "/model.bin") == Data("weights 1".utf8))
            #expect(FileManager.default.contents(atPath: target + "/data/sub/b.csv") == Data("b,1\n".utf8))
            #expect(!FileManager.default.fileExists(atPath: target + "/data/a.csv"))
            #expect(shop.read("model.bin") == "mine")
        }
    }

    @Test func `restore --to goes over nothing that lies there, and finishes what lies there in part`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let target = shop.root + "/out"
            try await shop.restore("data/sub", destination: target)
            for path in ["data/sub/mine", "model.bin", "data/a.csv"] {
                #expect(FileManager.default.createFile(atPath: "\(target)/\(path)", contents: Data("mine".utf8)))
            }
            let reply = try await shop.restore(destination: target)
            #expect(reply.restored.isEmpty)
            #expect(reply.failed.map(\.error.code) == [.conflict, .conflict])
            #expect(try await shop.restore("data/sub", destination: target).failed.map(\.error.code) == [.conflict])
            for path in ["data/sub/mine", "model.bin", "data/a.csv"] {
                #expect(FileManager.default.contents(atPath: "\(target)/\(path)") == Data("mine".utf8))
                try FileManager.default.removeItem(atPath: "\(target)/\(path)")
            }
            for _ in 1...2 { #expect(try await shop.restore(destination: target).failed.isEmpty) }
            #expect(FileManager.default.contents(atPath: target + "/data/a.csv") == Data("a,2\n".utf8))
            #expect(try await shop.engine.recover(RecoverRequest(workTree: shop.context), Reporter()).states.isEmpty)
        }
    }

    @Test func `An entry that an artifact does not have is refused, and nothing is saved`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("data/sub/b.csv", "stored, and bound by nothing")
            try await shop.update(stage: false)
            let one = try shop.commit("HEAD~1")
            for path in ["data/typo", "data/a.csv/x", "model.bin/x", "data/su"] {
                for reply in [
                    try await shop.restore(path), try await shop.restore(path, source: one),
                    try await shop.restore("data/typo", path, source: one), try await shop.restore(path, destination: shop.root + "/out"),
                ] {
                    #expect(Set(reply.failed.map(\.error.code)) == [.notFound])
                    #expect(reply.restored.isEmpty)
                }
                try? FileManager.default.removeItem(atPath: shop.root + "/out")
            }
            // Nor where nothing is to be done.
            try await shop.restore("data/a.csv")
            #expect(try await shop.engine.recover(RecoverRequest(workTree: shop.context), Reporter()).states.isEmpty)
            #expect(try #require(try await shop.restore("data/sub").restored.first).saved != nil)
            try shop.write("data/new.csv", "in no commit")
            try await shop.restore("data/new.csv")
            #expect(!shop.exists("data/new.csv"))
        }
    }

    @Test func `Saved states go with the work tree, and no other one at its path has them`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            func save(in tree: String) async throws {
                try Data("mine".utf8).write(to: URL(fileURLWithPath: tree + "/model.bin"))
                try Data("a,2\n".utf8).write(to: URL(fileURLWithPath: tree + "/data/sub/b.csv"))
                _ = try await shop.engine.add(AddRequest(workTree: shop.context(of: tree), paths: [WirePath("data")]), Reporter())
                _ = try await shop.engine.restore(RestoreRequest(workTree: shop.context(of: tree), mode: .overwrite), Reporter())
            }
            func states(in tree: String) async throws -> [String] {
                try await shop.engine.recover(RecoverRequest(workTree: shop.context(of: tree)), Reporter()).states.map(\.path.description)
            }
            let (linked, moved) = (shop.root + "/linked", shop.root + "/moved")
            try shop.git("worktree", "add", "-q", "--detach", linked)
            _ = try await shop.engine.restore(RestoreRequest(workTree: shop.context(of: linked), mode: .reconcile), Reporter())
            try await save(in: linked)
            #expect(try await states(in: shop.tree).isEmpty)
            try shop.git("worktree", "move", linked, linked + "-on")
            #expect(try await states(in: linked + "-on").sorted() == ["data", "model.bin"])
            try await save(in: shop.tree)
            try FileManager.default.moveItem(atPath: shop.tree, toPath: moved)
            #expect(try await states(in: moved).sorted() == ["data", "model.bin"])
            mkdir(shop.tree, 0o755)
            try shop.git("init", "-q", "-b", "main")
            #expect(try await states(in: shop.tree).isEmpty)
        }
    }
}
