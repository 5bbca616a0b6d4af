import Foundation
import TenonAPI
import TenonCore
import TenonStore
import Testing

@testable import TenonEngine

/// What the hooks ask of the engine.
struct HookTests {
    private func prepare(
        _ shop: Workshop, _ taking: PrepareCommitRequest.Taking = .all, paths: [String] = [], index: String? = nil,
        warnings: Collected<String> = Collected()
    ) async throws -> PrepareCommitRequest.Reply {
        var context = shop.context
        context.indexFile = index.map { WirePath($0) }
        return try await shop.engine.prepareCommit(
            PrepareCommitRequest(workTree: context, taking: taking, paths: paths.map { WirePath($0) }), Reporter(warning: { warnings.append($0) }))
    }

    private func check(_ shop: Workshop, _ name: String, from old: String? = nil, to new: String, remote: String? = nil) async throws
        -> CheckRefsRequest.Reply
    {
        let update = RefUpdate(name: WirePath(name), old: old ?? String(repeating: "0", count: 40), new: new)
        return try await shop.engine.checkRefs(
            CheckRefsRequest(workTree: shop.context, updates: [update], remote: remote.map { WirePath($0) }), Reporter())
    }

    /// Commits a pointer whose bytes nobody has.
    private func commitLost(_ shop: Workshop) throws -> String {
        let good = try #require(shop.read("model.bin.tenon"))
        try shop.write("model.bin.tenon", good.replacing("oid sha256:", with: "oid sha256:00000000", maxReplacements: 1).droppingDigits())
        try shop.git("commit", "-q", "-n", "-a", "-m", "lost")
        return try shop.commit()
    }

    @Test func `A commit of nothing changed takes nothing and is not refused`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("code.py", "print(2)\n")
            try shop.git("add", "code.py")
            let reply = try await prepare(shop)
            #expect(reply.taken.isEmpty && reply.refusals.isEmpty && reply.leftOut.isEmpty && !reply.mustRepeat)
        }
    }

    @Test func `Changed artifacts are staged, whether their pointers have followed or not`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "weights 3")
            try shop.write("data/a.csv", "a,3\n")
            #expect(try await shop.changed() == ["data", "model.bin"])
            try shop.write("data/a.csv", "a,4\n")
            let reply = try await prepare(shop)
            #expect(reply.taken.map(\.path.description) == ["data", "model.bin"])
            #expect(reply.mustRepeat)
            #expect(try shop.git("diff", "--cached", "--name-only") == "data.tenon\nmodel.bin.tenon")
            // The same request again, as after a crash: all is done, and there is something to commit.
            let again = try await prepare(shop)
            #expect(again.taken.isEmpty && !again.mustRepeat)
        }
    }

    @Test func `Many artifacts are staged and settled in one step`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let names = (0..<12).map { "many/m\($0)" }
            for name in names { try shop.write(name, name) }
            _ = try await shop.engine.add(AddRequest(workTree: shop.context, paths: names.map { WirePath($0) }), Reporter())
            try shop.git("commit", "-q", "-m", "many")
            let faults = FaultPlan()
            let engine = Engine(store: shop.store, log: shop.store.log, fileSystem: FileSystem(faults: faults))
            /// Changes some of them and prepares a commit; returns what was done in Git's directory for it.
            func operations(_ count: Int) async throws -> Int {
                for name in names.prefix(count) { try shop.write(name, "\(name) changed before \(count) were taken") }
                faults.arm(failing: nil)
                let reply = try await engine.prepareCommit(PrepareCommitRequest(workTree: shop.context, taking: .all), Reporter())
                #expect(reply.taken.count == count)
                defer { try? shop.git("commit", "-q", "-n", "-m", "\(count)") }
                #expect(try shop.git("diff", "--cached", "--name-only").split(separator: "\n").count == count)
                return faults.recorded.count
            }
            let few = try await operations(2)
            #expect(few > 0)
            #expect(try await operations(12) == few)
            #expect(try await shop.states().values.allSatisfy { $0 == .clean })
        }
    }

    @Test func `Named artifacts alone are taken, and the real index gets them once they are committed`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let index = shop.tree + "/.git/next-index-1.lock"
            try FileManager.default.copyItem(atPath: shop.tree + "/.git/index", toPath: index)
            try shop.write("model.bin", "weights 3")
            try shop.write("data/a.csv", "a,3\n")
            let reply = try await prepare(shop, .named, paths: ["data"], index: index)
            #expect(reply.taken.map(\.path.description) == ["data"])
            // Not committed: the real index stays as it is.
            try await shop.reconcile()
            #expect(try shop.git("diff", "--cached", "--name-only") == "")
            try FileManager.default.removeItem(atPath: index)
            let tree = try await commitTree(shop, data: try #require(shop.read("data.tenon")))
            try shop.git("update-ref", "HEAD", try shop.git("commit-tree", "-p", "HEAD", "-m", "three", tree))
            #expect(try shop.git("diff", "--cached", "--name-only") == "data.tenon")
            try await shop.reconcile()
            #expect(try shop.git("diff", "--cached", "--name-only") == "")
            #expect(!shop.exists(".git/tenon/partial"))
        }
    }

    /// The tree of HEAD with another pointer of `data`.
    private func commitTree(_ shop: Workshop, data: String) async throws -> String {
        try shop.write("../pointer", data)
        let blob = try shop.git("hash-object", "-w", shop.root + "/pointer")
        let lines = try shop.git("ls-tree", "HEAD").split(separator: "\n").map { line in
            line.hasSuffix("\tdata.tenon") ? "100644 blob \(blob)\tdata.tenon" : String(line)
        }
        try shop.write("../listing", lines.joined(separator: "\n") + "\n")
        return try shop.shell("git -C tree mktree <listing")
    }

    @Test(arguments: ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"])
    func `While Git is in the middle of something nothing is taken`(head: String) async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "weights 3")
            try shop.write(".git/\(head)", try shop.commit("HEAD~1") + "\n")
            let reply = try await prepare(shop)
            #expect(reply.leftOut == [WirePath("model.bin")])
            #expect(reply.taken.isEmpty && reply.refusals.isEmpty)
        }
    }

    @Test func `Half a checkout and diverged data are refused where their pointers are committed`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("checkout", "-q", "HEAD~1", "--", "model.bin.tenon")
            try shop.write("model.bin", "mine")
            let diverged = try await prepare(shop)
            #expect(diverged.refusals.map(\.code) == [.artifactState])
            #expect(diverged.refusals.first?.hint?.contains("tenon restore model.bin") == true)
            try shop.git("reset", "-q", "--hard")
            try shop.write("code.py", "print(3)\n")
            try shop.git("add", "code.py")
            #expect(try await prepare(shop).refusals.isEmpty)
        }
    }

    @Test func `What a parent has already is no reason to refuse`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            _ = try commitLost(shop)
            try shop.write("code.py", "print(3)\n")
            try shop.git("add", "code.py")
            #expect(try await prepare(shop).refusals.isEmpty)
            try shop.git("switch", "-q", "-c", "side", "HEAD~1")
            try shop.write("other.py", "1\n")
            try shop.git("add", "other.py")
            try shop.git("commit", "-q", "-m", "side")
            // A merge that is not concluded: the lost pointer comes from the other parent.
            try shop.git("merge", "-q", "--no-commit", "--no-ff", "main")
            #expect(try await prepare(shop, .none).refusals.isEmpty)
        }
    }

    @Test func `A push is refused for commits without bytes, the remote's own aside`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let good = try shop.commit()
            #expect(try await check(shop, "refs/heads/main", to: good, remote: "origin").refusals.isEmpty)
            let lost = try commitLost(shop)
            let reply = try await check(shop, "refs/heads/main", from: good, to: lost, remote: "origin")
            #expect(reply.commits == 1)
            #expect(reply.refusals.map(\.code) == [.missingContent])
            try shop.write("code.py", "print(3)\n")
            try shop.git("commit", "-q", "-n", "-m", "later", "code.py")
            // Though the tip could be told from the commit before alone, the range is what is pushed.
            #expect(try await check(shop, "refs/heads/main", from: good, to: try shop.commit(), remote: "origin").refusals.count == 1)
            try shop.git("update-ref", "refs/remotes/origin/other", lost)
            #expect(try await check(shop, "refs/heads/main", from: good, to: try shop.commit(), remote: "origin").refusals.isEmpty)
            // A remote that is named by its URL, and has said what it has; an id that is not here says nothing.
            let far = String(repeating: "c", count: 40)
            #expect(try await check(shop, "refs/heads/main", from: far, to: try shop.commit(), remote: "https://x/y").refusals.count == 1)
            #expect(try await check(shop, "refs/heads/main", from: lost, to: try shop.commit(), remote: "https://x/y").refusals.isEmpty)
        }
    }

    @Test func `Tags are followed to their commits, and tags of other things publish nothing`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            _ = try commitLost(shop)
            try shop.git("tag", "-a", "-m", "t", "inner")
            try shop.git("tag", "-a", "-m", "t", "outer", "inner")
            #expect(try await check(shop, "refs/tags/outer", to: try shop.git("rev-parse", "outer"), remote: "o").refusals.count == 1)
            try shop.git("tag", "-a", "-m", "t", "tree", "HEAD^{tree}")
            #expect(try await check(shop, "refs/tags/tree", to: try shop.git("rev-parse", "tree"), remote: "o").refusals.isEmpty)
        }
    }

    @Test func `In strict mode a branch may not come to commits without bytes, but back to what was there`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let good = try shop.commit()
            let lost = try commitLost(shop)
            // gc announces what is there as if it were new.
            #expect(try await check(shop, "refs/heads/main", to: lost).refusals.isEmpty)
            try shop.git("reset", "-q", "--hard", good)
            #expect(try await check(shop, "refs/heads/main", from: good, to: lost).refusals.isEmpty, "ORIG_HEAD is what --abort goes back to")
            try shop.delete(".git/ORIG_HEAD")
            #expect(try await check(shop, "refs/heads/main", from: good, to: lost).refusals.count == 1)
            #expect(try await check(shop, "HEAD", from: good, to: lost).refusals.count == 1)
            #expect(try await check(shop, "refs/remotes/origin/main", from: good, to: lost).refusals.isEmpty, "others' work is fetched")
            #expect(try await check(shop, "refs/stash", from: good, to: lost).refusals.isEmpty)
            #expect(try await check(shop, "refs/heads/main", from: lost, to: good).refusals.isEmpty)
        }
    }

    @Test func `Ids of another length are refused, and missing objects are named`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            #expect(await errorCode { _ = try await check(shop, "refs/heads/x", to: String(repeating: "1", count: 64)) } == .invalidArgument)
            #expect(await errorCode { _ = try await check(shop, "refs/heads/x", to: "HEAD") } == .invalidArgument)
            #expect(await errorCode { _ = try await check(shop, "refs/heads/x", to: String(repeating: "1", count: 40)) } == .notFound)
        }
    }

    @Test func `Between two commits of a rebase data stays, at a stop it comes`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.git("branch", "elsewhere")
            try shop.git("switch", "-q", "--detach", "HEAD~1")
            try shop.write(".git/rebase-merge/git-rebase-todo", "pick 1234567 more\n")
            try shop.write(".git/rebase-merge/orig-head", try shop.commit("main") + "\n")
            #expect(try await shop.reconcile().restored.isEmpty)
            #expect(shop.read("model.bin") == "weights 2")
            try shop.write(".git/rebase-merge/done", "edit 1234567 x\n")
            try await shop.reconcile()
            #expect(shop.read("model.bin") == "weights 1")
            try shop.delete(".git/rebase-merge/done")
            // Git goes back to where the rebase began, while its files are still there.
            try shop.git("checkout", "-q", "main", "--", ".")
            try await shop.reconcile()
            #expect(shop.read("model.bin") == "weights 2")
        }
    }
}

extension String {
    /// A pointer's text whose oid has eight digits too many, without its last eight.
    fileprivate func droppingDigits() -> String {
        split(separator: "\n").map { $0.hasPrefix("oid ") ? String($0.dropLast(8)) : String($0) }.joined(separator: "\n") + "\n"
    }
}

extension Workshop {
    /// Runs a shell command in the root and returns what it printed.
    fileprivate func shell(_ command: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: root)
        process.environment = Workshop.environment
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
