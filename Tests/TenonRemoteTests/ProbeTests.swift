import TenonCore
import TenonRemote
import TenonTesting
import Testing

@Suite("What a probe makes of a storage")
struct ProbeTests {
    /// Takes everything and gives nothing back.
    private struct Keeping: PassingStorage {
        let base = MemoryStorage()
        let code: TenonError.Code

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
