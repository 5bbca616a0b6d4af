import Foundation
import TenonAPI
import TenonCore
import Testing

@testable import TenonEngine

/// What `init` and `status` find in a work tree that is no artifact.
struct ScoutTests {
    private func initialize(_ shop: Workshop) async throws -> InitRequest.Reply {
        try await shop.engine.initialize(InitRequest(workTree: shop.context), Reporter())
    }

    /// A file of this size that takes no space.
    private func writeLarge(_ shop: Workshop, _ path: String, _ size: Int) throws {
        try shop.write(path, "")
        #expect(truncate(shop.tree + "/" + path, size) == 0)
    }

    @Test func `init names large ignored things, files of Git LFS and of DVC`() async throws {
        try await Workshop.with { shop in
            try shop.write(".gitignore", "data/\n*.pt\nnode_modules/\nsmall/\n")
            try writeLarge(shop, "data/raw/a.bin", 30 << 20)
            try writeLarge(shop, "data/raw/deep/b.bin", 20 << 20)
            try writeLarge(shop, "model.pt", 12 << 20)
            try writeLarge(shop, "node_modules/x/y.js", 50 << 20)
            try writeLarge(shop, "small/a", 1 << 20)
            try shop.write(".gitattributes", "# comment\n*.bin filter=lfs diff=lfs merge=lfs -text\n")
            try shop.write("weights.bin", "12345")
            try shop.write("set.dvc", "outs:\n- md5: d8e8fca2dc0f896fd7cb4cb0031ba249\n  size: 4096\n  path: set\n")
            try shop.git("-c", "filter.lfs.clean=cat", "add", "-A")
            let found = try await initialize(shop).found
            #expect(
                found.ignored == [
                    Surroundings.Ignored(path: WirePath("data"), size: 50 << 20, files: 2),
                    Surroundings.Ignored(path: WirePath("model.pt"), size: 12 << 20),
                ])
            #expect(found.lfsPatterns == [Surroundings.LFSPattern(file: WirePath(".gitattributes"), line: 2, pattern: "*.bin")])
            #expect(found.lfsFiles == 1 && found.lfsBytes == 5)
            #expect(found.dvc == [WirePath("set.dvc")])
            #expect(found.dvcFiles == 1 && found.dvcBytes == 4096)
            #expect(found.isComplete)
        }
    }

    @Test func `What is an artifact already is not named again`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try writeLarge(shop, "data/a.bin", 11 << 20)
            try await shop.add("data")
            #expect(try await initialize(shop).found.ignored.isEmpty)
        }
    }

    @Test func `Sizes in a hostile .dvc file do no harm`() {
        #expect(Scout.dvcSize(Array("size: 99999999999999999999999\nsize: -1\nsize: 18446744073709551615\nsize: 2\n".utf8)) == .max)
        #expect(Scout.dvcSize([0xFF, 0x00]) == 0)
    }

    @Test func `status names large files that git add would take, and none that it would not`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("tenon.yaml", "policy: { max-git-file: 1 MiB, large-ok: [ \"docs/*.pdf\" ] }\n")
            try writeLarge(shop, "top.bin", 2 << 20)
            try writeLarge(shop, "new/deep/inner.bin", 3 << 20)
            try writeLarge(shop, "new/ignored/x.bin", 4 << 20)
            try shop.write("new/ignored/.gitignore", "*\n")
            try writeLarge(shop, "docs/a.pdf", 2 << 20)
            try writeLarge(shop, "data/a", 5 << 20)
            try await shop.add("data")
            let reply = try await shop.status()
            #expect(Set(reply.largeFiles.map { "\($0.path) \($0.size >> 20)" }) == ["top.bin 2", "new/deep/inner.bin 3"])
            #expect(reply.largeFilesComplete)
        }
    }

    @Test func `Two people who add artifacts in one directory merge cleanly`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("sets/a/x", "a")
            try await shop.add("sets/a")
            try shop.git("commit", "-q", "-m", "one")
            for (branch, name) in [("left", "b"), ("right", "c")] {
                try shop.git("checkout", "-q", "-b", branch, "main")
                try shop.write("sets/\(name)/x", name)
                try await shop.add("sets/\(name)")
                try shop.git("commit", "-q", "-m", branch)
            }
            try shop.git("merge", "-q", "left")
            #expect(shop.read("sets/.gitignore") == "/a\n/c\n/b\n")
            #expect(try shop.git("status", "--porcelain") == "")
        }
    }

    @Test func `How somebody wants ignore files to be merged is left alone`() async throws {
        try await Workshop.with { shop in
            try shop.write(".gitattributes", ".gitignore merge=binary\n")
            try await shop.initialize()
            #expect(shop.read(".git/info/attributes")?.contains("union") == false)
        }
    }
}
