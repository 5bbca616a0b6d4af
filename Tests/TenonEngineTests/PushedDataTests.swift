import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import Testing

@testable import TenonEngine

/// What `pre-commit` and `pre-push` do with the default remote.
struct PushedDataTests {
    private static let environment = ["PATH": "/usr/bin:/bin", "TENON_REMOTE_PATIENCE": "1"]

    private func with(_ body: (Workshop, String) async throws -> Void) async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            let url = shop.root + "/remote"
            _ = try await shop.engine.remote(RemoteRequest(workTree: shop.context, action: .add, name: "origin", url: url), Reporter())
            try await body(shop, url)
        }
    }

    private func push(
        _ shop: Workshop, _ engine: Engine? = nil, old: String? = nil, warnings: Collected<String> = Collected()
    ) async throws -> CheckRefsRequest.Reply {
        let zeros = String(repeating: "0", count: 40)
        let update = RefUpdate(name: WirePath("refs/heads/main"), old: old ?? zeros, new: try shop.commit())
        return try await (engine ?? shop.engine).checkRefs(
            CheckRefsRequest(workTree: shop.context, updates: [update], remote: WirePath("hub"), environment: Self.environment),
            Reporter(warning: { warnings.append($0) }))
    }

    @Test func `What is pushed goes to the default remote first, once`() async throws {
        try await with { shop, _ in
            let first = try await push(shop)
            #expect(first.refusals.isEmpty && first.sent?.newSnapshots == 4)
            let second = try await push(shop)
            #expect(second.refusals.isEmpty && second.sent == nil)
            let reply = try await shop.engine.verify(
                VerifyRequest(workTree: shop.context, scope: .remote, all: true, remote: RemoteProof(name: "origin", readShare: 1)), Reporter())
            #expect(reply.findings == 0)
        }
    }

    @Test func `A remote that is away holds the push up, unless the rules say otherwise`() async throws {
        try await with { shop, url in
            try FileManager.default.moveItem(atPath: url, toPath: url + "-away")
            let refusal = try #require(try await push(shop).refusals.first)
            #expect(refusal.message == "nothing was pushed" && refusal.hint?.contains("tenon push") == true)
            try shop.write("tenon.yaml", "version: 1\npolicy: { require-remote: false }\n")
            let warnings = Collected<String>()
            #expect(try await push(shop, warnings: warnings).refusals.isEmpty)
            #expect(warnings.values.contains { $0.contains("was not sent to 'origin'") })
        }
    }

    @Test func `Without a remote a push is held up only if the rules ask for one`() async throws {
        try await Workshop.with { shop in
            try await shop.twoCommits()
            #expect(try await push(shop).refusals.isEmpty)
            try shop.write("tenon.yaml", "version: 1\npolicy: { require-remote: true }\n")
            #expect(try await push(shop).refusals.first?.cause?.contains("policy.require-remote") == true)
        }
    }

    @Test func `Nothing is sent where what Git's remote has is not known here`() async throws {
        try await with { shop, url in
            let before = try FileManager.default.subpathsOfDirectory(atPath: url)
            let warnings = Collected<String>()
            let reply = try await push(shop, old: String(repeating: "1", count: 40), warnings: warnings)
            #expect(reply.refusals.isEmpty && reply.sent == nil && warnings.values.count == 1)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: url) == before)
        }
    }

    @Test func `What is not stored here may be pushed and committed where the default remote has it`() async throws {
        try await with { shop, url in
            _ = try await shop.engine.push(PushRequest(workTree: shop.context), Reporter())
            try await Workshop.with { other in
                func prepare(asking: Bool) async throws -> [TenonError] {
                    try await other.engine.prepareCommit(
                        PrepareCommitRequest(workTree: shop.context, taking: .none, environment: asking ? Self.environment : nil), Reporter()
                    ).refusals
                }
                #expect(try await push(shop, other.engine).refusals.isEmpty)
                // A pointer that the last commit did not have.
                try shop.git("mv", "model.bin.tenon", "copy.bin.tenon")
                try FileManager.default.removeItem(atPath: other.store.home + "/remotes")
                #expect(try await prepare(asking: false).map(\.code) == [.missingContent])
                #expect(try await prepare(asking: true).isEmpty)
                // Now it is known, whoever is away.
                try FileManager.default.moveItem(atPath: url, toPath: url + "-away")
                #expect(try await prepare(asking: true).isEmpty)
                #expect(try await prepare(asking: false).isEmpty)
            }
        }
    }

    @Test func `A transfer is foreseen to take too long by its rate, after a while`() {
        let forecast = TransferForecast(total: 1000, limit: .seconds(30))
        #expect(!forecast.isTooLong(after: .seconds(1), sent: 1))
        #expect(forecast.isTooLong(after: .seconds(4), sent: 100))
        #expect(!forecast.isTooLong(after: .seconds(4), sent: 200))
        #expect(!forecast.isTooLong(after: .seconds(20), sent: 0))
        #expect(forecast.isTooLong(after: .seconds(31), sent: 999))
    }

    @Test func `What is known of a remote is what was seen last`() async throws {
        try await Workshop.with { shop in
            let known = KnownSnapshots(store: shop.store, remoteID: "r")
            let subjects = (0..<3).map { Locator.Subject(kind: $0 == 0 ? .file : .tree, id: SHA256Hasher.hash([UInt8($0)])) }
            #expect(known.load().isEmpty)
            known.update(present: Set(subjects), absent: [])
            #expect(known.load() == Set(subjects))
            known.update(present: [], absent: [subjects[1]])
            #expect(known.load() == [subjects[0], subjects[2]])
            try Data("rubbish".utf8).write(to: URL(fileURLWithPath: shop.store.home + "/remotes/r.snapshots"))
            #expect(known.load().isEmpty)
        }
    }
}
