import Foundation
import TenonAPI
import TenonCore
import Testing

@testable import TenonEngine

/// `add --adopt`.
struct AdoptionTests {
    @discardableResult
    private func adopt(_ shop: Workshop, _ paths: String..., warnings: Collected<String> = Collected()) async throws -> AddRequest.Reply {
        try await shop.engine.add(
            AddRequest(workTree: shop.context, paths: paths.map { WirePath($0) }, adopt: true), Reporter(warning: { warnings.append($0) }))
    }

    private func message(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "none"
        } catch {
            return "\(error)"
        }
    }

    private func shopWithFiles(_ body: (Workshop) async throws -> Void) async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("data/a.csv", "a\n")
            try shop.write("data/sub/b.csv", "b\n")
            try shop.write("model.bin", "weights")
            try shop.write("code.py", "x\n")
            try shop.git("add", "-A")
            try shop.git("commit", "-q", "-m", "all in Git")
            try await body(shop)
        }
    }

    @Test func `What Git tracks leaves its index in the step in which the pointer enters it`() async throws {
        try await shopWithFiles { shop in
            try shop.write("data/new.csv", "not in Git yet\n")
            let reply = try await adopt(shop, "data", "model.bin")
            #expect(reply.artifacts.map(\.adopted) == [2, 1])
            #expect(try shop.git("ls-files") == ".gitattributes\n.gitignore\ncode.py\ndata.tenon\nmodel.bin.tenon\ntenon.yaml")
            try shop.git("commit", "-q", "-m", "adopted")
            #expect(try shop.git("status", "--porcelain") == "")
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
            #expect(shop.read("data/new.csv") == "not in Git yet\n")
            // Again, and of something that is an artifact already: nothing new.
            #expect(try await adopt(shop, "data").artifacts.map(\.change) == [.unchanged])
        }
    }

    @Test func `An add that does not adopt names the option`() async throws {
        try await shopWithFiles { shop in
            do {
                try await shop.add("data")
                Issue.record("it was added")
            } catch let error as TenonError {
                #expect(error.hint == "tenon add --adopt data takes it over")
            }
        }
    }

    @Test func `A change of the work tree is adopted, for the commit has the old bytes`() async throws {
        try await shopWithFiles { shop in
            try shop.write("model.bin", "weights 2")
            try await adopt(shop, "model.bin")
            #expect(try await shop.states() == ["model.bin": .clean])
            #expect(shop.read("model.bin") == "weights 2")
        }
    }

    @Test func `Staged bytes that are nowhere else stop it`() async throws {
        try await shopWithFiles { shop in
            try shop.write("model.bin", "staged and nowhere else")
            try shop.git("add", "model.bin")
            // The work tree has the same: nothing is lost.
            try await adopt(shop, "model.bin")
            try shop.git("reset", "-q", "--hard")
            try shop.write("data/a.csv", "staged and nowhere else")
            try shop.git("add", "data/a.csv")
            try shop.write("data/a.csv", "later")
            let before = try shop.git("status", "--porcelain", "--untracked-files=all")
            #expect(await message { try await adopt(shop, "data") }.contains("what is staged for 'data/a.csv' is in no commit"))
            try shop.delete("data/a.csv")
            #expect(await message { try await adopt(shop, "data") }.contains("what is staged for 'data/a.csv' is in no commit"))
            try shop.write("data/a.csv", "later")
            #expect(try shop.git("status", "--porcelain", "--untracked-files=all") == before)
        }
    }

    @Test func `Before the first commit, what is staged must be what lies there`() async throws {
        try await Workshop.with { shop in
            try shop.write("data/a.csv", "a\n")
            try shop.git("add", "data")
            #expect(symlink("a.csv", shop.tree + "/data/link") == 0)
            try shop.git("add", "data")
            try await adopt(shop, "data")
            #expect(try shop.git("ls-files").contains("data.tenon"))
            #expect(try !shop.git("ls-files").contains("data/"))
            try shop.write("b.bin", "1")
            try shop.git("add", "b.bin")
            try shop.write("b.bin", "2")
            #expect(await errorCode { try await adopt(shop, "b.bin") } == .conflict)
        }
    }

    @Test func `Conflicts, submodules and what sparse checkout leaves out stop it`() async throws {
        try await shopWithFiles { shop in
            try shop.git("checkout", "-q", "-b", "other")
            try shop.write("model.bin", "theirs")
            try shop.commitAll("theirs")
            try shop.git("checkout", "-q", "main")
            try shop.write("model.bin", "ours")
            try shop.commitAll("ours")
            try shop.git("merge", "-q", "other", mayFail: true)
            #expect(await message { try await adopt(shop, "model.bin") }.contains("'model.bin' is in conflict"))
            try shop.git("merge", "--abort")
            let commit = try shop.commit()
            try shop.git("update-index", "--add", "--cacheinfo", "160000,\(commit),data/library")
            #expect(await message { try await adopt(shop, "data") }.contains("'data/library' is a submodule"))
            try shop.git("update-index", "--force-remove", "data/library")
            try shop.git("update-index", "--skip-worktree", "data/a.csv")
            #expect(await message { try await adopt(shop, "data") }.contains("sparse checkout leaves 'data/a.csv' out"))
        }
    }

    @Test func `A pointer of Git LFS is no data`() async throws {
        try await shopWithFiles { shop in
            let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "0", count: 64))\nsize 5\n"
            try shop.write("data/a.csv", pointer)
            try shop.commitAll("as a clone without LFS has it")
            #expect(await message { try await adopt(shop, "data") }.contains("'data/a.csv' holds a pointer of Git LFS"))
        }
    }

    @Test func `Cut short before the index was written, it can be repeated, and Git has all until then`() async throws {
        try await shopWithFiles { shop in
            try await adopt(shop, "data")
            // The moment before: pointer and ignore line are written, the index is the old one.
            try shop.git("read-tree", "HEAD")
            #expect(try shop.git("ls-files", "data").contains("data/a.csv"))
            #expect(try await shop.states()["data"] == .clean)
            try await adopt(shop, "data")
            #expect(try shop.git("ls-files", "data", "data.tenon") == "data.tenon")
        }
    }

    @Test func `A line for this path alone goes, others are named`() async throws {
        try await shopWithFiles { shop in
            let lines = "model.bin filter=lfs diff=lfs merge=lfs -text\n*.bin filter=lfs diff=lfs merge=lfs -text\n"
            let top = try RelativePath(".gitattributes")
            let rules = LFSRule.rules(in: Array((lines + "/data/** filter=lfs diff=lfs merge=lfs -text\n").utf8), of: top)
            #expect(rules.map { $0.isOnly(about: (try? RelativePath("data")) ?? top) } == [false, false, true])
            #expect(try rules.map { try $0.matches(RelativePath("model.bin")) } == [true, true, false])
            try shop.write(
                ".gitattributes", "/model.bin filter=lfs diff=lfs merge=lfs -text\n*.bin filter=lfs diff=lfs merge=lfs -text\n*.txt text\n")
            try shop.git("-c", "filter.lfs.clean=cat", "commit", "-q", "-a", "-m", "attributes")
            let warnings = Collected<String>()
            try await adopt(shop, "model.bin", warnings: warnings)
            #expect(shop.read(".gitattributes") == "*.bin filter=lfs diff=lfs merge=lfs -text\n*.txt text\n")
            #expect(warnings.values.contains { $0.contains(".gitattributes:2 goes on sending '*.bin'") }, "\(warnings.values)")
        }
    }
}
