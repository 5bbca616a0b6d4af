import Foundation
import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore
import TenonTesting
import Testing

@testable import TenonEngine

/// What clones say on a remote that they need there.
struct SweepRootsTests: SweepSuite {
    @Test func `A push says what refs bind, a second one says nothing, and what is dropped is withdrawn`() async throws {
        try await with { shop, storage in
            let before = storage.names
            #expect(names(storage, "roots/").count == 2 && names(storage, "leases/").isEmpty)
            let roots = try names(storage, "roots/").map { try RemoteRoots(parsing: try #require(storage.bytes(try ObjectName($0)))) }
            #expect(Set(roots.flatMap(\.subjects)) == Set(try bound(shop).map(Locator.Subject.init)))
            #expect(roots.allSatisfy { $0.writer.hasSuffix(":tree") } && roots.map(\.subjects.count).reduce(0, +) == 5)
            _ = storage.takeCalls()
            try await push(shop, storage)
            #expect(storage.names == before)
            #expect(!storage.takeCalls().contains { if case .create = $0 { true } else { false } }, "no lease is taken for nothing")
            let side = try side(shop)
            try shop.git("branch", "-q", "-D", "side")
            try await push(shop, storage)
            let after = try RemoteRoots(parsing: try #require(storage.bytes(try ObjectName(names(storage, "roots/")[0]))))
            #expect(names(storage, "roots/").count == 1 && !after.subjects.contains(Locator.Subject(side)) && after.subjects.count == 4)
        }
    }

    @Test func `A push that reads no refs adds to what was said, and many additions become one`() async throws {
        try await with { shop, storage in
            try shop.git("branch", "-q", "-D", "side")
            for number in 0..<3 {
                try shop.write("more.bin", "more \(number)")
                if number == 0 { try await shop.add("more.bin") } else { try await shop.update() }
                try shop.git("commit", "-q", "-a", "-m", "more \(number)")
                try await push(shop, storage, readsRefs: false)
                #expect(names(storage, "roots/").count == number + 3, "nothing is withdrawn")
            }
            try await push(shop, storage)
            #expect(names(storage, "roots/").count == 1)
        }
    }

    @Test func `What another push of the clone is saying is neither forgotten nor withdrawn`() async throws {
        try await with { shop, storage in
            let said = names(storage, "roots/").compactMap { RemoteName.roots($0)?.id }
            let id = try #require(said.first)
            let name = try #require(names(storage, "roots/").first)
            let keeper = RootsKeeper(
                engine: shop.engine, session: session(shop, storage), pinned: try PinnedContent(shop.context, engine: shop.engine))
            // Its copy is kept, and it is not there yet.
            let bytes = storage.bytes(try ObjectName(name))
            storage.set(try ObjectName(name), nil)
            _ = shop.engine.statements.withLock { $0.insert(id) }
            #expect(Set(try await keeper.standing().entries.keys) == Set(said.dropFirst()))
            storage.set(try ObjectName(name), bytes)
            #expect(Set(try await keeper.standing().entries.keys) == Set(said.dropFirst()))
            _ = shop.engine.statements.withLock { $0.remove(id) }
            #expect(Set(try await keeper.standing().entries.keys) == Set(said))
        }
    }

    @Test func `A copy of a clone withdraws nothing that the clone has said`() async throws {
        try await with { shop, storage in
            let said = names(storage, "roots/")
            let copy = shop.root + "/copy"
            try FileManager.default.copyItem(atPath: shop.tree, toPath: copy)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["git", "-C", copy, "branch", "-q", "-D", "side"]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            try await push(shop, storage, tree: copy)
            #expect(Set(said).isSubset(of: names(storage, "roots/")) && names(storage, "roots/").count == 3)
            #expect(Set(names(storage, "roots/").map { $0.split(separator: "/")[1] }).count == 1, "it has the same id")
        }
    }

    @Test func `A clone that is no more is given up by its id`() async throws {
        try await with { shop, storage in
            let id = try PinnedContent(shop.context, engine: shop.engine).repository
            try await Workshop.with { other in
                try await other.initialize()
                #expect(await errorCode { try await sweep(other, storage, forget: ["ffffffff"]) } == .notFound)
                #expect(await errorCode { try await sweep(shop, storage, forget: [String(id.prefix(8))]) } == .invalidArgument)
                try other.write("own.bin", "own")
                try await other.add("own.bin")
                try other.git("commit", "-q", "-m", "own")
                try await push(other, storage)
                #expect(try await sweep(other, storage, forget: [String(id.prefix(8))], dryRun: true).condemned.snapshots == 5)
                #expect(try await sweep(other, storage, forget: [String(id.prefix(8))]).condemned.snapshots == 5)
                // It is there after all.
                try await push(shop, storage)
                #expect(try await sweep(other, storage).removed.snapshots == 0)
                try await expectWhole(try bound(shop) + bound(other), storage)
            }
        }
    }

    @Test func `Roots that were not seen at the first look are seen at the second`() async throws {
        try await with { shop, storage in
            try await Workshop.with { other in
                try await other.initialize()
                let said = try names(storage, "roots/").map { name in
                    let name = try ObjectName(name)
                    return (name, try #require(storage.bytes(name)))
                }
                try other.write("own.bin", "own")
                try await other.add("own.bin")
                try other.git("commit", "-q", "-m", "own")
                try await push(other, storage)
                for (name, _) in said { storage.set(name, nil) }
                #expect(try await sweep(other, storage).condemned.snapshots == 5)
                for (name, bytes) in said { storage.set(name, bytes) }
                let second = try await sweep(other, storage)
                #expect(second.removed == SweepCount() && second.condemned == SweepCount())
            }
            try await expectWhole(try bound(shop), storage)
        }
    }
}
