import Foundation
import TenonAPI
import TenonCore
import Testing

@testable import TenonEngine

/// `verify`, `store`, `fsck`.
struct CareTests {
    private func verify(
        _ shop: Workshop, _ scope: VerifyRequest.Scope, commits: [String] = [], all: Bool = false
    ) async throws -> (VerifyRequest.Reply, [VerifyFinding]) {
        let items = Collected<VerifyFinding>()
        let reply = try await shop.engine.verify(
            VerifyRequest(workTree: shop.context, scope: scope, commits: commits, all: all), Reporter(item: { items.append($0) }))
        return (reply, items.values)
    }

    @Test func `What was stored is proved, commit by commit and over all history`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let (one, none) = try await verify(shop, .stored, commits: [try shop.commit()])
            #expect(one.commits == 1 && one.artifacts == 2 && one.files == 3 && one.bytes == 17)
            #expect(none.isEmpty && one.findings == 0)
            let (all, _) = try await verify(shop, .stored, all: true)
            #expect(all.commits == 2 && all.artifacts == 4 && all.findings == 0)
        }
    }

    @Test func `A flipped byte is found, with artifact, file and chunk`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let packs = shop.store.home + "/packs"
            for name in try FileManager.default.contentsOfDirectory(atPath: packs) {
                var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(packs)/\(name)"))
                guard let place = bytes.range(of: Data("weights 2".utf8)) else { continue }
                bytes[place.lowerBound] ^= 1
                chmod("\(packs)/\(name)", 0o600)
                try bytes.write(to: URL(fileURLWithPath: "\(packs)/\(name)"))
            }
            let (reply, findings) = try await verify(shop, .stored, all: true)
            #expect(reply.findings >= 1)
            let finding = try #require(findings.first { $0.artifact == WirePath("model.bin") })
            #expect(finding.problem == .damaged)
            #expect(finding.commit == (try shop.commit()))
            #expect(finding.chunk != nil)
            // The next add of the same bytes heals it.
            try await shop.add("model.bin")
            let (healed, _) = try await verify(shop, .stored, all: true)
            #expect(healed.findings == 0)
        }
    }

    @Test func `The work tree is read again from disk`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let (clean, _) = try await verify(shop, .workTree)
            #expect(clean.findings == 0 && clean.files == 3)
            try shop.write("data/a.csv", "a,9\n")
            try shop.delete("model.bin")
            let (_, findings) = try await verify(shop, .workTree)
            #expect(findings.map(\.problem) == [.differs, .missing])
        }
    }

    @Test func `While the store is rebuilt nothing is said to be missing`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    for _ in 0..<20 {
                        do {
                            _ = try await shop.engine.fsck(FsckRequest(rebuild: true), Reporter())
                        } catch let error as TenonError where error.code == .busy {}
                    }
                    return 0
                }
                for _ in 0..<2 {
                    group.addTask {
                        var findings = 0
                        for _ in 0..<100 {
                            do {
                                findings += try await verify(shop, .stored, all: true).0.findings
                            } catch let error as TenonError where error.code == .busy {}
                        }
                        return findings
                    }
                }
                for try await findings in group { #expect(findings == 0) }
            }
        }
    }

    @Test func `The store tells its sizes and fsck finds nothing wrong`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let sizes = try await shop.engine.store(StoreRequest(), Reporter())
            #expect(sizes.packs > 0 && sizes.snapshots == 4)
            #expect(sizes.repositories.map(\.description) == [shop.tree + "/.git"])
            for request in [FsckRequest(), FsckRequest(read: true), FsckRequest(rebuild: true)] {
                let reply = try await shop.engine.fsck(request, Reporter())
                #expect(reply.findings == 0)
                #expect(reply.snapshots == 4)
            }
            let (all, _) = try await verify(shop, .stored, all: true)
            #expect(all.findings == 0)
        }
    }
}
