import TenonCore
import TenonRemote
import TenonTesting

/// A storage from which whoever asks may remove nothing.
struct LastingStorage: PassingStorage {
    let base: MemoryStorage

    func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome {
        throw TenonError(.permission, "'\(name)' can't be removed")
    }
}
