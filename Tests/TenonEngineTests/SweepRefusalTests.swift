import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// Remotes that are not swept.
struct SweepRefusalTests: SweepSuite {
    @Test func `Missing knowledge is never taken for no need`() async throws {
        try await with { shop, storage in
            try shop.git("branch", "-q", "-D", "side")
            func refused(_ change: (MemoryStorage) throws -> Void) async throws -> TenonError? {
                let storage = MemoryStorage(copying: storage)
                try change(storage)
                let before = storage.names.filter { !$0.text.hasPrefix("roots/") }
                do {
                    try await sweep(shop, storage)
                    return nil
                } catch {
                    #expect(storage.names.filter { !$0.text.hasPrefix("roots/") } == before)
                    return error as? TenonError
                }
            }
            let kept = try #require(try bound(shop, "main").first)
            let locator = try ObjectName(RemoteName.locator(Locator.Subject(kept)))
            let foreign = RemoteName.newIdentifier()
            let statement = RemoteRoots(repository: foreign, writer: "w", nonce: foreign, subjects: [Locator.Subject(kept)])
            let name = try ObjectName(RemoteName.roots(SHA256Hasher.hash(statement.bytes), of: foreign))
            #expect(try await refused { $0.set(locator, nil) }?.cause?.contains("needed and gone") == true)
            #expect(try await refused { $0.set(locator, [1]) }?.code == .corrupt)
            #expect(try await refused { $0.set(name, [1]) }?.code == .corrupt)
            #expect(try await refused { $0.set(name, statement.bytes + Array("x\n".utf8)) }?.code == .corrupt)
            #expect(try await refused { $0.set(try ObjectName("roots/new"), [1]) }?.code == .conflict)
            #expect(
                try await refused { storage in
                    for part in try Locator(parsing: try #require(storage.bytes(locator))).parts {
                        storage.set(try ObjectName(RemoteName.pack(part.pack.id)), nil)
                    }
                }?.code == .conflict)
            #expect(
                try await refused {
                    $0.set(try ObjectName(RemoteName.sweepLock), SweepClaim(store: "x", writer: "somebody", nonce: foreign).bytes)
                }?.cause == "somebody is sweeping it")
            #expect(try await refused { $0.set(try ObjectName("sweep/\(kept.oid.digest.hex).condemned"), [1]) }?.code == .corrupt)
            #expect(try await refused { $0.set(name, statement.bytes) } == nil)
        }
    }

    @Test func `A remote on which nobody has said anything is left alone`() async throws {
        try await with { shop, storage in
            for name in names(storage, "roots/") { storage.set(try ObjectName(name), nil) }
            try await Workshop.with { other in
                try await other.initialize()
                let error = await #expect(throws: TenonError.self) { try await sweep(other, storage) }
                #expect(error?.code == .conflict && error?.hint?.contains("tenon push --all") == true)
            }
        }
    }

    @Test func `A storage that can't remove on a condition is not swept`() async throws {
        try await with { shop, storage in
            let session = session(shop, storage, capabilities: "writes create-only compare-and-swap")
            for dryRun in [true, false] {
                let job = SweepJob(
                    engine: shop.engine, request: SweepRequest(workTree: shop.context, dryRun: dryRun, remote: RemoteSweepOptions()),
                    session: session, meter: Meter())
                let error = await #expect(throws: TenonError.self) { try await dryRun ? job.plan() : job.run() }
                #expect(error?.code == .unsupported && error?.cause == "its storage has no conditional removal")
            }
        }
    }

    @Test func `Capabilities are recorded in words`() {
        var capabilities = Capabilities()
        #expect(capabilities.words == ["none"] && Capabilities(words: "none") == capabilities)
        (capabilities.writes, capabilities.conditionalDelete) = (true, true)
        #expect(capabilities.words == ["writes", "conditional-delete"])
        #expect(Capabilities(words: "writes conditional-delete something-new") == capabilities)
    }
}
