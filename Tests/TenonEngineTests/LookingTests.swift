import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import Testing

@testable import TenonEngine

/// `diff`, `log`, `show`, `ls`, `cat`, `which`.
struct LookingTests {
    private func entries(_ values: [EntryChange]) -> [String] {
        values.map { "\($0.change.rawValue) \($0.path) \($0.oldSize.map { "\($0)" } ?? "-") \($0.newSize.map { "\($0)" } ?? "-")" }
    }

    @Test func `diff names each entry that differs, between commits and against the work tree`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let items = Collected<EntryChange>()
            var reply = try await shop.engine.diff(
                DiffRequest(workTree: shop.context, from: try shop.commit("HEAD~1"), to: try shop.commit()), Reporter(item: { items.append($0) }))
            #expect(entries(items.values) == ["changed data/a.csv 4 4", "changed model.bin 9 9"])
            #expect(reply.artifacts.map(\.changed) == [1, 1])
            try shop.write("data/new", "12345")
            try shop.delete("data/a.csv")
            let later = Collected<EntryChange>()
            reply = try await shop.engine.diff(DiffRequest(workTree: shop.context), Reporter(item: { later.append($0) }))
            #expect(entries(later.values) == ["removed data/a.csv 4 -", "added data/new - 5"])
            #expect(reply.artifacts.map(\.path.description) == ["data"])
            #expect(reply.artifacts.first?.addedBytes == 5)
            let narrow = try await shop.engine.diff(
                DiffRequest(workTree: shop.context, paths: [WirePath("data/sub")], summaryOnly: true), Reporter())
            #expect(narrow.artifacts.isEmpty)
        }
    }

    @Test func `log gives commits newest first with what each changed`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try shop.write("code.py", "2")
            try shop.commitAll("three")
            let items = Collected<LoggedCommit>()
            let start = try shop.commit()
            var reply = try await shop.engine.log(LogRequest(workTree: shop.context, start: start), Reporter(item: { items.append($0) }))
            #expect(reply.commits == 2)
            #expect(items.values.map(\.subject) == ["two", "one"])
            #expect(
                items.values.map { $0.changes.map { "\($0.change.rawValue) \($0.path)" } } == [
                    ["changed data", "changed model.bin"], ["added data", "added model.bin"],
                ])
            reply = try await shop.engine.log(LogRequest(workTree: shop.context, start: start, limit: 2, all: true), Reporter())
            #expect(reply.commits == 2)
            reply = try await shop.engine.log(LogRequest(workTree: shop.context, start: start, paths: [WirePath("code.py")]), Reporter())
            #expect(reply.commits == 0)
        }
    }

    @Test func `log of a path inside a directory gives the commits in which what lies there changed`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try FileManager.default.removeItem(atPath: shop.tree + "/data/sub")
            try await shop.update()
            try shop.git("commit", "-q", "-m", "three")
            func subjects(_ paths: String...) async throws -> [String] {
                let items = Collected<LoggedCommit>()
                _ = try await shop.engine.log(
                    LogRequest(workTree: shop.context, start: try shop.commit(), paths: paths.map { WirePath($0) }),
                    Reporter(item: { items.append($0) }))
                return items.values.map(\.subject)
            }
            #expect(try await subjects("data/sub") == ["three", "one"])
            #expect(try await subjects("data/sub/b.csv") == ["three", "one"])
            #expect(try await subjects("data/a.csv") == ["two", "one"])
            #expect(try await subjects("data/a.csv", "data/sub/") == ["three", "two", "one"])
            #expect(try await subjects("data/none").isEmpty)
            #expect(try await subjects("model.bin/x").isEmpty)
        }
    }

    @Test func `show lists what a commit binds`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let reply = try await shop.engine.show(ShowRequest(workTree: shop.context, commit: try shop.commit("HEAD~1")), Reporter())
            #expect(reply.commit.subject == "one")
            #expect(reply.artifacts.map(\.path.description) == ["data", "model.bin"])
            #expect(reply.artifacts.map(\.stored) == [true, true])
            #expect(reply.artifacts.map(\.pointer.size) == [8, 9])
        }
    }

    @Test func `ls lists artifacts, entries, and what lies below a directory`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            func list(_ path: String, _ commit: String? = nil) async throws -> [String] {
                let items = Collected<ListedEntry>()
                _ = try await shop.engine.list(
                    ListRequest(workTree: shop.context, commit: commit, path: WirePath(path)), Reporter(item: { items.append($0) }))
                return items.values.map { "\($0.kind.rawValue) \($0.path) \($0.size)" }
            }
            #expect(try await list("") == ["tree data 8", "file model.bin 9"])
            #expect(try await list("data") == ["file data/a.csv 4", "file data/sub/b.csv 4"])
            #expect(try await list("data/sub/", try shop.commit("HEAD~1")) == ["file data/sub/b.csv 4"])
            #expect(try await list("model.bin") == ["file model.bin 9"])
            #expect(await errorCode { _ = try await list("data/none") } == .notFound)
            #expect(await errorCode { _ = try await list("none") } == .notFound)
        }
    }

    @Test func `cat gives a file's bytes, or a range of them, at any commit`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            func cat(_ path: String, _ commit: String? = nil, _ start: UInt64? = nil, _ end: UInt64? = nil) async throws -> String {
                let parts = Collected<[UInt8]>()
                try await shop.engine.cat(
                    CatRequest(workTree: shop.context, commit: commit, path: WirePath(path), start: start, end: end),
                    sink: { parts.append(Array($0)) })
                return String(decoding: parts.values.joined(), as: UTF8.self)
            }
            #expect(try await cat("model.bin") == "weights 2")
            #expect(try await cat("data/a.csv", try shop.commit("HEAD~1")) == "a,1\n")
            #expect(try await cat("model.bin", nil, 0, 6) == "weights")
            #expect(try await cat("model.bin", nil, 8) == "2")
            #expect(try await cat("model.bin", nil, nil, 3) == "s 2")
            #expect(try await cat("model.bin", nil, 8, 1000) == "2")
            #expect(await errorCode { _ = try await cat("data") } == .invalidArgument)
            #expect(await errorCode { _ = try await cat("data/sub") } == .invalidArgument)
            #expect(await errorCode { _ = try await cat("data/none") } == .notFound)
            #expect(await errorCode { _ = try await cat("model.bin", nil, 100) } == .invalidArgument)
            #expect(await errorCode { _ = try await cat("model.bin", nil, 5, 4) } == .invalidArgument)
        }
    }

    @Test func `cat begins when it has bytes, so that what it can't read is refused`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let begun = Collected<UInt64>()
            let request = CatRequest(workTree: shop.context, path: WirePath("model.bin"))
            try await shop.engine.cat(request, begin: { begun.append($0) }, sink: { _ in })
            #expect(begun.values == [9])
            let empty = CatRequest(workTree: shop.context, path: WirePath("model.bin"), start: 9)
            try await shop.engine.cat(empty, begin: { begun.append($0) }, sink: { _ in Issue.record("there is nothing to read") })
            #expect(begun.values == [9, 0])
            try shop.write("model.bin", "weights 3")
            try await shop.add("model.bin")
            try shop.losePacks()
            #expect(await errorCode { try await shop.engine.cat(request, begin: { begun.append($0) }, sink: { _ in }) } == .missingContent)
            #expect(begun.values == [9, 0])
        }
    }

    @Test func `which finds bytes by oid and by file, with the commits that bind them`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try FileManager.default.copyItem(atPath: shop.tree + "/data/sub/b.csv", toPath: shop.root + "/copy")
            let reply = try await shop.engine.which(WhichRequest(workTree: shop.context, file: WirePath(shop.root + "/copy")), Reporter())
            #expect(reply.stored)
            #expect(reply.matches.map { "\($0.artifact)/\($0.entry.map(\.description) ?? "")" } == ["data/sub/b.csv"])
            #expect(reply.matches.first?.commits == [try shop.commit(), try shop.commit("HEAD~1")])
            let model = try await shop.engine.which(WhichRequest(workTree: shop.context, file: WirePath(shop.tree + "/model.bin")), Reporter())
            let again = try await shop.engine.which(WhichRequest(workTree: shop.context, oid: model.oid), Reporter())
            #expect(again.matches == model.matches)
            #expect(again.matches.map(\.commits) == [[try shop.commit()]])
            let none = try await shop.engine.which(
                WhichRequest(workTree: shop.context, oid: "sha256:" + String(repeating: "0", count: 64)), Reporter())
            #expect(!none.stored && none.matches.isEmpty)
        }
    }
}
