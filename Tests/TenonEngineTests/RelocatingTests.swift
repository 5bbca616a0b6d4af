import Foundation
import TenonAPI
import TenonCore
import Testing

@testable import TenonEngine

/// `mv` and `rm`.
struct RelocatingTests {
    @discardableResult
    private func move(_ shop: Workshop, _ paths: String..., into: Bool = false, dryRun: Bool = false) async throws -> [String] {
        let reply = try await shop.engine.move(
            MoveRequest(
                workTree: shop.context, sources: paths.dropLast().map { WirePath($0) }, destination: WirePath(paths.last ?? ""),
                intoDirectory: into, dryRun: dryRun), Reporter())
        return reply.moved.map { "\($0.from) -> \($0.to)" }
    }

    @discardableResult
    private func remove(_ shop: Workshop, _ paths: String..., force: Bool = false) async throws -> RemoveRequest.Reply {
        try await shop.engine.remove(RemoveRequest(workTree: shop.context, paths: paths.map { WirePath($0) }, force: force), Reporter())
    }

    private func message(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func `mv takes data, pointer, ignore lines and index entry along`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            #expect(try await move(shop, "model.bin", "data2.bin") == ["model.bin -> data2.bin"])
            #expect(try await move(shop, "data", "sets") == ["data -> sets"])
            #expect(shop.read("data2.bin") == "weights 2")
            #expect(shop.read("sets/sub/b.csv") == "b,1\n")
            #expect(try await shop.states() == ["data2.bin": .clean, "sets": .clean])
            #expect(shop.read(".gitignore") == "/data2.bin\n/sets\n")
            #expect(shop.read(".git/info/exclude")?.contains("/data\n") == false)
            #expect(try shop.git("status", "--porcelain") == "M  .gitignore\nR  model.bin.tenon -> data2.bin.tenon\nR  data.tenon -> sets.tenon")
            try shop.git("commit", "-q", "-m", "moved")
            #expect(try await shop.reconcile().restored.isEmpty)
        }
    }

    @Test func `mv into a directory keeps the name, and an emptied ignore file goes`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("a/one.bin", "1")
            try shop.write("b/two.bin", "2")
            try shop.write("keep/code.py", "")
            try await shop.add("a/one.bin", "b/two.bin")
            try shop.git("add", "-A")
            try shop.git("commit", "-q", "-m", "one")
            #expect(try await move(shop, "a/one.bin", "b/two.bin", "keep", into: true) == ["a/one.bin -> keep/one.bin", "b/two.bin -> keep/two.bin"])
            #expect(!shop.exists("a/.gitignore"))
            #expect(shop.read("keep/.gitignore") == "/one.bin\n/two.bin\n")
            #expect(try await move(shop, "keep/one.bin", "") == ["keep/one.bin -> one.bin"])
            #expect(try shop.git("status", "--porcelain", "--untracked-files=all").contains("??") == false)
            #expect(try await shop.states() == ["one.bin": .clean, "keep/two.bin": .clean])
        }
    }

    @Test func `mv of a directory that holds artifacts moves all of it`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("lab/code.py", "x = 1\n")
            try shop.write("lab/notes.txt", "mine, not Git's")
            try shop.write("lab/data/a", "a")
            try shop.write("lab/deep/model", "m")
            try shop.git("add", "lab/code.py")
            try await shop.add("lab/data", "lab/deep/model")
            try shop.git("commit", "-q", "-m", "one")
            #expect(try await move(shop, "lab", "room") == ["lab/data -> room/data", "lab/deep/model -> room/deep/model"])
            #expect(!shop.exists("lab"))
            #expect(shop.read("room/notes.txt") == "mine, not Git's")
            #expect(try await shop.states() == ["room/data": .clean, "room/deep/model": .clean])
            #expect(
                try shop.git("status", "--porcelain", "--untracked-files=all", "--", "lab", "room").split(separator: "\n").filter {
                    !$0.hasPrefix("R  ")
                } == ["?? room/notes.txt"])
            #expect(try shop.git("check-ignore", "-v", "room/data").contains("room/.gitignore"))
            #expect(try shop.git("status", "--porcelain", "--ignored").contains("!! room/data/"))
        }
    }

    @Test func `mv moves changed data as it is`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("data/a.csv", "a,3\n")
            try await move(shop, "data", "sets")
            #expect(try await shop.changed() == ["sets"])
            #expect(shop.read("sets/a.csv") == "a,3\n")
        }
    }

    @Test func `mv refuses what would lose or confuse something, and touches nothing`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("free.txt", "untracked")
            try shop.write("ignored/.gitignore", "*\n")
            let before = try shop.git("status", "--porcelain", "--untracked-files=all")
            for (from, to, why) in [
                ("model.bin", "code.py", "something lies there"), ("model.bin", "free.txt", "something lies there"),
                ("model.bin", "data/model.bin", "it lies inside the artifact 'data'"), ("data", "data/inner", "'data/inner' lies inside it"),
                ("data", "data", "it lies there already"), ("model.bin", "nowhere/x", "'nowhere' is not a directory"),
                ("code.py", "other.py", "it is no artifact"), ("data/a.csv", "b.csv", "it lies inside the artifact 'data'"),
                ("model.bin", "ignored/model.bin", "Git ignores its pointer"), ("absent", "x", "it is no artifact"),
            ] {
                let text = await message { try await move(shop, from, to) }
                #expect(text.contains("'\(from)' can't be moved") && text.contains(why), "\(from) to \(to): \(text)")
            }
            #expect(await message { try await move(shop, "model.bin", "absent", into: true) }.contains("'absent' is not a directory"))
            #expect(await message { try await move(shop, "model.bin", "code.py", "absent") }.contains("'absent' is not a directory"))
            #expect(await errorCode { try await move(shop, "model.bin", "../outside") } == .invalidArgument)
            #expect(try shop.git("status", "--porcelain", "--untracked-files=all") == before)
            #expect(try await move(shop, "data", "sets", dryRun: true) == ["data -> sets"])
            #expect(try shop.git("status", "--porcelain", "--untracked-files=all") == before)
        }
    }

    @Test func `mv refuses what is behind its pointer or damaged`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("checkout", "-q", "HEAD^", "--", "model.bin.tenon")
            #expect(await errorCode { try await move(shop, "model.bin", "m2") } == .artifactState)
            try shop.write("data.tenon", "no pointer")
            #expect(await message { try await move(shop, "data", "d2") }.contains("its pointer can't be read"))
        }
    }

    /// What a `kill -9` leaves after each step of `mv`, and the same command again.
    @Test(arguments: 0...5) func `mv that was cut short loses nothing and can be repeated`(step: Int) async throws {
        for name in ["data", "model.bin"] {
            try await Workshop.with { shop in
                try await shop.twoCommits()
                let tree = try WorkTree(shop.context, engine: shop.engine)
                let (old, new) = try (RelativePath(name), RelativePath("moved"))
                if step >= 1 { _ = try tree.ignore(new) }
                if step >= 2 {
                    var bases = try tree.bases.load()
                    bases[new] = bases[old]
                    try tree.bases.save(bases)
                }
                if step >= 3 { try shop.write("moved.tenon", shop.read("\(name).tenon") ?? "") }
                if step >= 4 { #expect(rename("\(shop.tree)/\(name)", "\(shop.tree)/moved") == 0) }
                if step >= 5 { try shop.delete("\(name).tenon") }
                // Whatever reconciles in between takes nothing away.
                _ = try await shop.states()
                try await shop.reconcile()
                try await move(shop, name, "moved")
                #expect(try await shop.states()["moved"] == .clean)
                #expect(try await shop.states().count == 2)
                #expect(shop.read(name == "data" ? "moved/a.csv" : "moved") == (name == "data" ? "a,2\n" : "weights 2"))
                #expect(try shop.git("status", "--porcelain") == "M  .gitignore\nR  \(name).tenon -> moved.tenon")
            }
        }
    }

    @Test func `mv of a directory that was cut short after the rename can be repeated`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("lab/code.py", "x = 1\n")
            try shop.write("lab/model", "m")
            try shop.git("add", "lab/code.py")
            try await shop.add("lab/model")
            try shop.git("commit", "-q", "-m", "one")
            #expect(rename("\(shop.tree)/lab", "\(shop.tree)/room") == 0)
            #expect(try await move(shop, "lab", "room") == ["lab/model -> room/model"])
            #expect(try await shop.states() == ["room/model": .clean])
        }
    }

    @Test func `rm takes data, pointer, ignore line and index entry away`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let reply = try await remove(shop, "data", "model.bin", "data.tenon")
            #expect(reply.removed.map(\.path) == [WirePath("data"), WirePath("model.bin")])
            #expect(reply.removed.allSatisfy { $0.saved == nil })
            for path in ["data", "data.tenon", "model.bin", "model.bin.tenon", ".gitignore"] { #expect(!shop.exists(path), "\(path)") }
            #expect(try await shop.states().isEmpty)
            #expect(try shop.git("status", "--porcelain") == "D  .gitignore\nD  data.tenon\nD  model.bin.tenon")
            try shop.git("reset", "-q", "--hard")
            try await shop.reconcile()
            #expect(shop.read("model.bin") == "weights 2")
        }
    }

    @Test func `rm refuses data that is stored nowhere, and saves it when forced`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "weights 3")
            #expect(await errorCode { try await remove(shop, "data", "model.bin") } == .artifactState)
            #expect(shop.exists("data") && shop.exists("model.bin.tenon"))
            let saved = try #require(try await remove(shop, "model.bin", force: true).removed.first?.saved)
            #expect(!shop.exists("model.bin"))
            _ = try await shop.engine.recover(
                RecoverRequest(workTree: shop.context, id: saved, destination: WirePath(shop.root + "/back")), Reporter())
            #expect(try String(contentsOfFile: shop.root + "/back", encoding: .utf8) == "weights 3")
        }
    }

    @Test func `rm that was cut short is named by status and can be repeated`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("rm", "-q", "--cached", "model.bin.tenon")
            try shop.delete("model.bin.tenon")
            #expect(try await shop.states()["model.bin"] == .behind)
            try await remove(shop, "model.bin")
            #expect(!shop.exists("model.bin"))
            #expect(try await shop.states() == ["data": .clean])
            #expect(await errorCode { try await remove(shop, "code.py") } == .notFound)
            #expect(shop.read("code.py") == "print(1)\n")
        }
    }
}
