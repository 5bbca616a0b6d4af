import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import Testing

@testable import TenonEngine

/// `init`, `add`, `untrack`.
struct TrackingTests {
    @Test func `init writes what Git and Tenon need, stages it, and changes nothing when repeated`() async throws {
        try await Workshop.with { shop in
            try shop.write(".gitattributes", "*.png binary")
            let first = try await shop.engine.initialize(InitRequest(workTree: shop.context), Reporter())
            #expect(Set(first.changed.map(\.description)) == ["tenon.yaml", ".gitattributes"])
            #expect(!first.existed)
            #expect(shop.read(".gitattributes") == "*.png binary\n*.tenon -text -merge -filter\n")
            #expect(shop.read(".git/info/exclude")?.contains(".tenon-tmp/\n") == true)
            #expect(shop.read(".git/info/attributes")?.contains("*.tenon -text -filter\n") == true)
            #expect(try shop.git("config", "tenon.store") == shop.store.home)
            #expect(try shop.git("diff", "--cached", "--name-only") == ".gitattributes\ntenon.yaml")
            let again = try await shop.engine.initialize(InitRequest(workTree: shop.context), Reporter())
            #expect(again.changed.isEmpty)
            #expect(again.existed)
            #expect(try shop.git("status", "--porcelain") == "A  .gitattributes\nA  tenon.yaml")
        }
    }

    @Test func `Merge and diff drivers are named only once Git knows them`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.git("config", "merge.tenon.driver", "true")
            try await shop.initialize()
            let attributes = try #require(shop.read(".git/info/attributes"))
            #expect(attributes.split(separator: "\n").filter { $0.hasPrefix("*.tenon") } == ["*.tenon -text -filter merge=tenon"])
        }
    }

    @Test func `A commit names the bytes that sha256sum finds`() async throws {
        try await Workshop.with { shop in
            try shop.write("model.bin", "weights")
            try shop.write("data/a b", "1")
            try shop.write("data/c", "2")
            try await shop.initialize()
            let reply = try await shop.add("data/", "model.bin")
            #expect(reply.artifacts.map(\.change) == [.added, .added])
            try shop.git("commit", "-q", "-m", "one")
            let pointer = try shop.git("show", "HEAD:model.bin.tenon")
            let sum = SHA256Hasher.hash(of: "weights")
            #expect(pointer == "tenon 1\nkind file\noid sha256:\(sum)\nsize 7")
            let listing = "\(SHA256Hasher.hash(of: "1"))  a b\n\(SHA256Hasher.hash(of: "2"))  c\n"
            #expect(try shop.git("show", "HEAD:data.tenon").contains("oid sha256:\(SHA256Hasher.hash(of: listing))\nsize 2\nfiles 2\n"))
            #expect(try shop.git("status", "--porcelain") == "")
            #expect(shop.read(".gitignore") == "/data\n/model.bin\n")
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
            #expect(!shop.exists(".tenon-tmp"))
        }
    }

    @Test func `Git ignores the data on a branch without the ignore file as well`() async throws {
        try await Workshop.with { shop in
            try shop.write("x [1]/da*ta", "1")
            try await shop.initialize()
            try await shop.add("x [1]/da*ta")
            try shop.delete("x [1]/.gitignore")
            #expect(try shop.git("status", "--porcelain", "-uall", "x [1]").contains("da*ta\"") == false)
        }
    }

    @Test func `Unchanged content leaves the pointer byte for byte, run and x- lines included`() async throws {
        try await Workshop.with { shop in
            try shop.write("model.bin", "weights")
            try await shop.initialize()
            try await shop.add("model.bin")
            let noted = try #require(shop.read("model.bin.tenon")) + "run sha256:\(String(repeating: "a", count: 64))\nx-note hello\n"
            try shop.write("model.bin.tenon", noted)
            let reply = try await shop.add("model.bin")
            #expect(reply.artifacts.first?.change == .unchanged)
            #expect(shop.read("model.bin.tenon") == noted)
            #expect(try shop.git("show", ":model.bin.tenon") + "\n" == noted)
            try shop.write("model.bin", "others")
            try await shop.add("model.bin")
            #expect(shop.read("model.bin.tenon")?.contains("x-note") == false)
        }
    }

    @Test func `add -u takes what changed and leaves the rest alone`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "weights 3")
            let reply = try await shop.update()
            #expect(reply.artifacts.filter { $0.change == .updated }.map(\.path.description) == ["model.bin"])
            #expect(try await shop.states() == ["data": .clean, "model.bin": .clean])
            #expect(try shop.git("diff", "--cached", "--name-only") == "model.bin.tenon")
        }
    }

    @Test func `status lets pointers follow their data, so that Git sees the change too`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "weights 3")
            let status = try await shop.status()
            #expect(status.artifacts.map(\.state) == [.clean, .clean])
            #expect(status.artifacts.map(\.unstaged) == [false, true])
            #expect(status.artifacts.map { $0.staged?.oid == $0.pointer?.oid } == [false, false])
            #expect(try shop.git("status", "--porcelain") == " M model.bin.tenon")
            // Back as it was: the pointer follows again.
            try shop.write("model.bin", "weights 2")
            // A program that another test starts holds for a moment every file that this process has open for writing; then the pointer waits.
            for _ in 0..<200 where try await shop.changed() != [] { try await Task.sleep(for: .milliseconds(10)) }
            #expect(try await shop.changed() == [])
            #expect(try shop.git("status", "--porcelain") == "")
        }
    }

    @Test func `A pointer does not follow data that is being written, or while Git is at work`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let file = try #require(fopen(shop.tree + "/model.bin", "a"))
            fputs("more", file)
            fflush(file)
            #expect(try await shop.states()["model.bin"] == .modified)
            #expect(try shop.git("status", "--porcelain") == "")
            fclose(file)
            try shop.write(".git/index.lock", "")
            #expect(try await shop.states()["model.bin"] == .modified)
            try shop.delete(".git/index.lock")
            #expect(try await shop.changed() == ["model.bin"])
            #expect(try await shop.states()["model.bin"] == .clean)
        }
    }

    @Test func `add -u of a path inside an artifact takes the artifact`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("data/a.csv", "a,3\n")
            let request = AddRequest(workTree: shop.context, paths: [WirePath("data/a.csv")], update: true)
            let reply = try await shop.engine.add(request, Reporter())
            #expect(reply.artifacts.map(\.path.description) == ["data"])
            let other = AddRequest(workTree: shop.context, paths: [WirePath("code.py")], update: true)
            #expect(await errorCode { _ = try await shop.engine.add(other, Reporter()) } == .notFound)
        }
    }

    @Test func `Without staging the pointer follows the data, unless Git is at work`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("model.bin", "weights 3")
            try shop.write(".git/MERGE_HEAD", try shop.commit() + "\n")
            try await shop.update(stage: false)
            #expect(try shop.git("status", "--porcelain") == "")
            try shop.delete(".git/MERGE_HEAD")
            try await shop.update(stage: false)
            #expect(try shop.git("status", "--porcelain") == " M model.bin.tenon")
            let status = try await shop.status()
            #expect(status.artifacts.map(\.unstaged) == [false, true])
            // What followed before is staged by a later -u, though the data is clean then.
            try await shop.update()
            #expect(try shop.git("status", "--porcelain") == "M  model.bin.tenon")
        }
    }

    @Test func `A dry run changes nothing`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("model.bin", "weights")
            let before = try shop.git("status", "--porcelain")
            let reply = try await shop.engine.add(
                AddRequest(workTree: shop.context, paths: [WirePath("model.bin")], dryRun: true), Reporter())
            #expect(reply.artifacts.map(\.change) == [.added])
            #expect(try shop.git("status", "--porcelain") == before)
            #expect(!shop.exists("model.bin.tenon"))
        }
    }

    @Test func `Deleted data is missing, and add -u leaves its pointer`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.delete("model.bin")
            #expect(try await shop.states()["model.bin"] == .missing)
            try await shop.update()
            #expect(try shop.git("status", "--porcelain") == "")
            #expect(await errorCode { try await shop.add("model.bin") } == .notFound)
        }
    }

    @Test func `Paths that can't be artifacts are refused, each with its reason, and nothing is written`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("tracked/x", "1")
            try shop.git("add", "tracked")
            try shop.write("real/file", "1")
            symlink("real", shop.tree + "/link")
            mkfifo(shop.tree + "/pipe", 0o600)
            try shop.write("ignored/.gitignore", "*\n")
            try shop.write("ignored/data", "1")
            try shop.write("lfs/.gitattributes", "*.tenon filter=lfs\n")
            try shop.write("taken", "1")
            try shop.write("taken.tenon", "not a pointer")
            let before = try shop.git("status", "--porcelain")
            let cases: [(String, TenonError.Code)] = [
                ("../outside", .invalidArgument), ("/etc/passwd", .invalidArgument), (".git/config", .invalidArgument), ("", .invalidArgument),
                (".", .invalidArgument), ("data/sub", .conflict), ("nothing", .notFound), ("link", .invalidArgument),
                ("link/file", .invalidArgument), ("pipe", .invalidArgument), ("tracked", .conflict), ("tracked/x", .conflict),
                ("ignored/data", .conflict), ("taken", .conflict), ("code.py", .conflict), ("code.py/x", .notFound),
            ]
            for (path, code) in cases {
                #expect(await errorCode { try await shop.add("real", path) } == code, "\(path)")
            }
            #expect(try shop.git("status", "--porcelain") == before)
            #expect(!shop.exists("real.tenon"))
        }
    }

    @Test func `An attribute that would change the pointer is refused until init has set it aside`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("lfs/.gitattributes", "*.tenon filter=lfs\n")
            try shop.write("lfs/data", "1")
            // info/attributes wins over the deeper file.
            try await shop.add("lfs/data")
            #expect(shop.exists("lfs/data.tenon"))
        }
    }

    @Test func `The same paths may be added again after the first were refused`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("a", "1")
            #expect(await errorCode { try await shop.add("a", "b") } == .notFound)
            try shop.write("b", "2")
            try await shop.add("a", "b")
            #expect(try await shop.states() == ["a": .clean, "b": .clean])
        }
    }

    @Test func `An add that was cut short after the pointer can be repeated`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("data/a.csv", "a\n")
            try await shop.add("data")
            // What neither index nor base had yet.
            try shop.git("rm", "-q", "--cached", "data.tenon")
            try shop.delete(".git/tenon/base")
            try await shop.add("data")
            #expect(try shop.git("ls-files", "data.tenon") == "data.tenon")
            // What is no pointer is somebody's file.
            try shop.write("model.bin", "weights")
            try shop.write("model.bin.tenon", "a file of mine")
            #expect(await errorCode { try await shop.add("model.bin") } == .conflict)
            #expect(shop.read("model.bin.tenon") == "a file of mine")
        }
    }

    @Test func `untrack leaves the bytes and gives them back to Git`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let reply = try await shop.engine.untrack(UntrackRequest(workTree: shop.context, paths: [WirePath("model.bin")]), Reporter())
            #expect(reply.untracked == [WirePath("model.bin")])
            #expect(shop.read("model.bin") == "weights 2")
            #expect(!shop.exists("model.bin.tenon"))
            #expect(try shop.git("status", "--porcelain") == "M  .gitignore\nD  model.bin.tenon\n?? model.bin")
            #expect(try await shop.states() == ["data": .clean])
            #expect(
                await errorCode {
                    _ = try await shop.engine.untrack(UntrackRequest(workTree: shop.context, paths: [WirePath("code.py")]), Reporter())
                }
                    == .notFound)
        }
    }

    @Test func `A work tree that the daemon sees otherwise is refused`() async throws {
        try await Workshop.with { shop in
            var context = shop.context
            context.inode += 1
            #expect(await errorCode { _ = try await shop.engine.status(StatusRequest(workTree: context), Reporter()) } == .invalidArgument)
        }
    }

    @Test func `Large files in Git's index are named`() async throws {
        try await Workshop.with { shop in
            try shop.write("tenon.yaml", "policy: { max-git-file: 1 kB, large-ok: [ '*.pdf' ] }\n")
            try await shop.initialize()
            try shop.write("big.csv", String(repeating: "x", count: 2000))
            try shop.write("big.pdf", String(repeating: "x", count: 2000))
            try shop.git("add", ".")
            let status = try await shop.status()
            #expect(status.largeFiles == [StatusRequest.LargeFile(path: WirePath("big.csv"), size: 2000)])
        }
    }
}

extension SHA256Hasher {
    fileprivate static func hash(of text: String) -> String {
        Array(text.utf8).withUnsafeBytes { hash($0) }.hex
    }
}
