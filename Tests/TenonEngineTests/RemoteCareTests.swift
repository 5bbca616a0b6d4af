import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// `verify --remote` and `fsck --repair`, with a directory that everything was pushed to.
struct RemoteCareTests {
    /// A repository of two commits, and the remote `origin` with all of it.
    private func with(_ body: (Workshop, String) async throws -> Void) async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let url = shop.root + "/remote"
            _ = try await shop.engine.remote(RemoteRequest(workTree: shop.context, action: .add, name: "origin", url: url), Reporter())
            _ = try await shop.engine.push(PushRequest(workTree: shop.context), Reporter())
            try await body(shop, url)
        }
    }

    private func verify(
        _ shop: Workshop, share: Double? = nil, seed: UInt32? = nil, engine: Engine? = nil
    ) async throws -> (reply: VerifyRequest.Reply, findings: [VerifyFinding]) {
        let items = Collected<VerifyFinding>()
        let reply = try await (engine ?? shop.engine).verify(
            VerifyRequest(
                workTree: shop.context, scope: .remote, all: true, remote: RemoteProof(name: "origin", readShare: share, seed: seed)),
            Reporter(item: { items.append($0) }))
        return (reply, items.values)
    }

    private func objects(_ url: String, _ suffix: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: url).filter { $0.hasSuffix(suffix) }.map { "\(url)/\($0)" }.sorted()
    }

    /// Flips a bit of a file that is not to be written.
    private func damage(_ path: String, at offset: (Int) -> Int) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[offset(bytes.count)] ^= 1
        chmod(path, 0o600)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test func `What was pushed is proved by listing, by reading, and from a store that has none of it`() async throws {
        try await with { shop, _ in
            let (listed, none) = try await verify(shop)
            #expect(none.isEmpty && listed.findings == 0 && listed.commits == 2 && listed.artifacts == 4)
            let result = try #require(listed.remote)
            #expect(result.objects > 0 && result.packs > 0 && result.readObjects == 0 && result.remedy == nil)
            let read = try #require(try await verify(shop, share: 1).reply.remote)
            #expect(read.readObjects == read.objects && read.objects == result.objects && read.readBytes > 0 && read.seed == nil)
            try await Workshop.with { other in
                let (elsewhere, none) = try await verify(shop, share: 1, engine: other.engine)
                #expect(none.isEmpty && elsewhere.remote?.readObjects == result.objects)
                #expect(try other.store.snapshots().isEmpty, "no data is kept")
            }
        }
    }

    @Test func `A commit that was not pushed is named, with the push that mends it`() async throws {
        try await with { shop, _ in
            try shop.write("model.bin", "weights 3")
            try await shop.update()
            try shop.commitAll("three")
            let (reply, findings) = try await verify(shop)
            let finding = try #require(findings.first)
            #expect(findings.count == 1 && finding.problem == .missing && finding.artifact == WirePath("model.bin"))
            #expect(finding.commit == (try shop.commit()))
            #expect(reply.remote?.remedy == "tenon push origin --all")
        }
    }

    @Test func `A pack that is gone, or cut short, is found by listing, with artifact, file, chunk and pack`() async throws {
        try await with { shop, url in
            for path in try objects(url, ".pack") { try FileManager.default.removeItem(atPath: path) }
            let (gone, findings) = try await verify(shop)
            #expect(gone.findings == findings.count && gone.remote?.remedy == "tenon fsck --repair")
            let finding = try #require(findings.first { $0.file == WirePath("sub/b.csv") })
            #expect(finding.problem == .missing && finding.artifact == WirePath("data") && finding.chunk != nil && finding.pack?.count == 64)
        }
        try await with { shop, url in
            for path in try objects(url, ".pack") {
                chmod(path, 0o600)
                truncate(path, 100)
            }
            let (_, findings) = try await verify(shop)
            #expect(findings.contains { $0.problem == .damaged && $0.detail.contains("has 100 bytes") })
        }
    }

    @Test func `A flipped bit is found by reading, and by no listing`() async throws {
        try await with { shop, url in
            for path in try objects(url, ".pack") { try damage(path) { _ in 90 } }
            #expect(try await verify(shop).findings.isEmpty)
            let (reply, findings) = try await verify(shop, share: 1)
            #expect(reply.findings > 0 && findings.allSatisfy { $0.problem == .damaged })
            #expect(findings.contains { $0.chunk != nil } && findings.allSatisfy { $0.pack != nil && $0.detail.contains("is damaged") })
        }
    }

    @Test func `A damaged index or locator is no proof`() async throws {
        try await with { shop, url in
            for path in try objects(url, ".locator") { try damage(path) { $0 - 1 } }
            let (reply, findings) = try await verify(shop)
            #expect(findings.count == 4 && reply.remote?.remedy == "tenon fsck --repair")
            try FileManager.default.removeItem(atPath: shop.store.home + "/remotes")
            for path in try objects(url, ".index") { try damage(path) { $0 / 2 } }
            let (again, more) = try await verify(shop)
            #expect(more.contains { $0.artifact == nil && $0.problem == .damaged && $0.detail.contains("index") })
            #expect(again.remote?.remedy == "tenon fsck --repair")
        }
    }

    @Test func `An index that is damaged is a finding, with all that it alone lists`() async throws {
        try await with { shop, url in
            try FileManager.default.removeItem(atPath: shop.store.home + "/remotes")
            for path in try objects(url, ".index") { try damage(path) { $0 / 2 } }
            let (reply, findings) = try await verify(shop)
            #expect(findings.contains { $0.artifact == nil && $0.problem == .damaged })
            #expect(findings.contains { $0.artifact == WirePath("data") && $0.problem == .missing && $0.detail.contains("no index") })
            #expect(reply.findings == findings.count && reply.remote?.remedy == "tenon fsck --repair")
        }
    }

    // MARK: Healing

    private func repair(_ shop: Workshop, reads: Bool = false) async throws -> (FsckRequest.Reply, FsckRepair.Result) {
        let reply = try await shop.engine.fsck(FsckRequest(read: reads, repair: FsckRepair(workTree: shop.context)), Reporter())
        return (reply, try #require(reply.repair))
    }

    /// The remote has all, by content; and an empty store gets all of it.
    private func expectWhole(_ shop: Workshop) async throws {
        #expect(try await verify(shop, share: 1).findings.isEmpty)
        try await Workshop.with { other in
            let reply = try await other.engine.fetch(FetchRequest(workTree: shop.context, all: true), Reporter())
            #expect(reply.failed.isEmpty && reply.fetched == 4)
        }
    }

    @Test func `Packs that the store lost come back from the remote`() async throws {
        try await with { shop, _ in
            let packs = shop.store.home + "/packs"
            for name in try FileManager.default.contentsOfDirectory(atPath: packs) { try FileManager.default.removeItem(atPath: "\(packs)/\(name)") }
            let (reply, result) = try await repair(shop)
            #expect(reply.findings > 0 && result.snapshots == 4 && result.remaining == 0)
            let verified = try await shop.engine.verify(VerifyRequest(workTree: shop.context, scope: .stored, all: true), Reporter())
            #expect(verified.findings == 0 && verified.artifacts == 4)
            let (again, nothing) = try await repair(shop)
            #expect(again.findings == 0 && nothing.snapshots == 0 && nothing.remaining == 0)
        }
    }

    @Test func `A damaged block of the store comes back, and its pack is made anew`() async throws {
        try await with { shop, _ in
            let packs = shop.store.home + "/packs"
            for name in try FileManager.default.contentsOfDirectory(atPath: packs) { try damage("\(packs)/\(name)") { _ in 90 } }
            let (reply, result) = try await repair(shop, reads: true)
            #expect(reply.findings > 0 && result.remaining == 0)
            #expect(try await shop.engine.fsck(FsckRequest(read: true), Reporter()).findings == 0)
        }
    }

    @Test func `Packs that the remote lost are stored there again`() async throws {
        try await with { shop, url in
            for path in try objects(url, ".pack") { try FileManager.default.removeItem(atPath: path) }
            let (reply, result) = try await repair(shop)
            #expect(reply.findings > 0 && result.remaining == 0 && result.remotes.first?.objects ?? 0 > 0)
            try await expectWhole(shop)
            #expect(try await repair(shop).0.findings == 0)
        }
    }

    @Test func `Packs on the remote that are cut short are replaced, and go`() async throws {
        try await with { shop, url in
            let old = try objects(url, ".pack")
            for path in old {
                chmod(path, 0o600)
                truncate(path, 100)
            }
            let (_, result) = try await repair(shop)
            #expect(result.remaining == 0)
            #expect(Set(try objects(url, ".pack")).isDisjoint(with: old))
            try await expectWhole(shop)
        }
    }

    @Test func `Flipped bits on the remote are found by reading and healed, whichever object they are in`() async throws {
        for suffix in [".pack", ".index", ".locator"] {
            try await with { shop, url in
                for path in try objects(url, suffix) { try damage(path) { $0 / 2 } }
                let (reply, result) = try await repair(shop, reads: true)
                #expect(reply.findings > 0 && result.remaining == 0, "\(suffix)")
                // What this machine knows of the indexes is not what proves them.
                try FileManager.default.removeItem(atPath: shop.store.home + "/remotes")
                try await expectWhole(shop)
            }
        }
    }

    @Test func `What nobody has stays a finding, and takes nothing else with it`() async throws {
        try await with { shop, url in
            let packs = shop.store.home + "/packs"
            for name in try FileManager.default.contentsOfDirectory(atPath: packs) { try FileManager.default.removeItem(atPath: "\(packs)/\(name)") }
            let largest = try #require(try objects(url, ".pack").first)
            try FileManager.default.removeItem(atPath: largest)
            let (_, result) = try await repair(shop)
            #expect(result.remaining > 0 && result.snapshots < 4)
            #expect(try objects(url, ".locator").count == 4)
        }
    }

    @Test func `What was never pushed is not pushed by a repair`() async throws {
        try await with { shop, url in
            try shop.write("model.bin", "weights 3")
            try await shop.update()
            try shop.commitAll("three")
            let before = try objects(url, "")
            let (reply, result) = try await repair(shop)
            #expect(reply.findings == 0 && result.remaining == 0)
            #expect(try objects(url, "") == before)
        }
    }

    @Test func `A sample is the same for the same seed, has its share, and is never empty`() throws {
        let keys = Set((0..<20_000).map { ObjectKey(type: .data, id: SHA256Hasher.hash(Array("\($0)".utf8))) })
        let drawn = try RemoteSample(share: 0.05, seed: 7).draw(from: keys)
        #expect(drawn.isSubset(of: keys) && (800...1200).contains(drawn.count))
        #expect(try RemoteSample(share: 0.05, seed: 7).draw(from: keys) == drawn)
        #expect(try RemoteSample(share: 0.05, seed: 8).draw(from: keys) != drawn)
        #expect(try RemoteSample(share: 0.000001, seed: 7).draw(from: Set(keys.prefix(3))).count == 1)
        #expect(try RemoteSample(share: 1, seed: 7).draw(from: keys) == keys)
        #expect(throws: TenonError.self) { try RemoteSample(share: 0, seed: nil) }
        #expect(throws: TenonError.self) { try RemoteSample(share: 1.5, seed: nil) }
    }
}
