import Foundation
import TenonAPI
import TenonCore
import Testing

@testable import TenonEngine

/// What is to be done about rules that catch a pointer: with the real Git, followed to the letter.
struct IgnoreRemedyTests {
    private func refusal(_ shop: Workshop, _ path: String) async -> TenonError? {
        do {
            try await shop.add(path)
            return nil
        } catch {
            return error as? TenonError
        }
    }

    /// The texts in single quotes after the last colon.
    private func lines(_ hint: String) -> [String] {
        hint.split(separator: ": ").last.map { $0.split(separator: "'").filter { $0 != ", " }.map(String.init) } ?? []
    }

    @Test(arguments: [
        "data/", "/data/", "data", "/data", "data/*", "data/**", "**/data/**", "data/**/*", "data/raw/", "data/raw/*", "*", "*.tenon", "raw",
    ])
    func `The lines that take the place of a rule let the pointer through and nothing else`(rule: String) async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("data/raw/train/a.csv", "a\n")
            try shop.write("data/raw/other.bin", "not Tenon's")
            try shop.write("data/other.bin", "not Tenon's")
            let text = "*.log\n\(rule)\n*.tmp\n"
            try shop.write(".gitignore", text)
            let error = try #require(await refusal(shop, "data/raw/train"))
            #expect(error.cause?.contains("by '\(rule)' in .gitignore:2") == true, "\(error)")
            let hint = try #require(error.hint)
            #expect(hint.hasPrefix("in .gitignore, write in place of line 2"))
            #expect(shop.read(".gitignore") == text)
            try shop.write(".gitignore", text.replacingOccurrences(of: "\n\(rule)\n", with: "\n" + lines(hint).joined(separator: "\n") + "\n"))
            try await shop.add("data/raw/train")
            #expect(try shop.git("ls-files").contains("data/raw/train.tenon"))
            let untracked = try shop.git("ls-files", "-o", "--exclude-standard")
            let left = rule == "*.tenon" ? ["other.bin"] : []
            #expect(untracked.contains("raw/other.bin") == !left.isEmpty, "\(rule): \(untracked)")
            #expect(!untracked.contains("train"), "\(rule): \(untracked)")
            // What git-add says of a pointer that is tracked.
            try shop.git("add", "data/raw/train.tenon")
        }
    }

    @Test(arguments: ["data/", "data", "data/**", "*", "*.tenon", "/data/*"])
    func `A rule outside the repository is answered by lines that go before it`(rule: String) async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write("data/raw/train/a.csv", "a\n")
            try shop.write("data/raw/other.bin", "not Tenon's")
            try Data("\(rule)\n".utf8).write(to: URL(fileURLWithPath: shop.root + "/global"))
            try shop.git("config", "core.excludesFile", shop.root + "/global")
            let hint = try #require(await refusal(shop, "data/raw/train")?.hint)
            #expect(hint.hasPrefix("add to .gitignore at the top"))
            try shop.write(".gitignore", lines(hint).joined(separator: "\n") + "\n")
            try await shop.add("data/raw/train")
            let untracked = try shop.git("ls-files", "-o", "--exclude-standard")
            #expect(!untracked.contains("train"), "\(rule): \(untracked)")
            #expect(untracked.contains("other.bin") == (rule == "*.tenon"), "\(rule): \(untracked)")
        }
    }

    @Test func `Rules for data by its ending do not catch pointers`() async throws {
        try await Workshop.with { shop in
            try await shop.initialize()
            try shop.write(".gitignore", "*.safetensors\n*.bin\n")
            try shop.write("models/a.safetensors", "a")
            try await shop.add("models/a.safetensors")
            #expect(try shop.git("ls-files").contains("models/a.safetensors.tenon"))
        }
    }

    @Test func `Rules of Git LFS do not touch pointers, and a deeper one is named for other clones`() async throws {
        try await Workshop.with { shop in
            let lfs = "filter=lfs diff=lfs merge=lfs -text"
            try shop.write(".gitattributes", "data/** \(lfs)\n")
            try await shop.initialize()
            try shop.write("data/a/x", "x")
            try shop.write("data/b/y", "y")
            try shop.write("data/b/.gitattributes", "* \(lfs)\n")
            let warnings = Collected<String>()
            _ = try await shop.engine.add(
                AddRequest(workTree: shop.context, paths: [WirePath("data/a/x"), WirePath("data/b/y")]),
                Reporter(warning: { warnings.append($0) }))
            #expect(try shop.git("show", ":data/a/x.tenon").hasPrefix("tenon 1"))
            #expect(try shop.git("show", ":data/b/y.tenon").hasPrefix("tenon 1"))
            try shop.git("-c", "filter.lfs.clean=tr a-z A-Z", "add", "-u", ".")
            #expect(try shop.git("show", ":data/b/y.tenon").hasPrefix("tenon 1"))
            #expect(warnings.values.count == 1)
            #expect(warnings.values.first?.hasPrefix("data/b/.gitattributes:1 would send 'data/b/y.tenon' to Git LFS") == true, "\(warnings.values)")
        }
    }
}
