import TenonCore
import TenonRemote
import TenonTesting
import Testing

@Suite("What a probe makes of a storage")
struct ProbeTests {
    /// Takes everything and gives nothing back.
    private struct Keeping: RemoteStorage {
        let base = MemoryStorage()
        let code: TenonError.Code

        var location: String { base.location }

        func list(_ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) async throws -> ObjectPage {
            try await base.list(prefix, after: name, limit: limit)
        }
        func head(_ name: ObjectName) async throws -> ObjectEntry? { try await base.head(name) }
        func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice? {
            try await base.read(name, range, into: sink)
        }
        func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome { try await base.create(name, body) }
        func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome {
            try await base.replace(name, tag, with: bytes)
        }
        func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome {
            throw TenonError(code, "'\(name)' can't be removed")
        }
    }

    @Test("A storage on which one may not remove can be pushed to", arguments: [TenonError.Code.permission, .unsupported])
    func keeping(_ code: TenonError.Code) async throws {
        let found = try await Remote(Keeping(code: code), policy: .forTests).probe()
        #expect(found.writes && found.createOnly && found.compareAndSwap && !found.conditionalDelete)
    }
}
