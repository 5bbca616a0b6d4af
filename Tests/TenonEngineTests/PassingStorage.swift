import TenonRemote
import TenonTesting

/// A storage in front of one in memory; what it does not do its own way, that one does.
protocol PassingStorage: RemoteStorage {
    var base: MemoryStorage { get }
}

extension PassingStorage {
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

    func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome { try await base.delete(name, tag) }
}
