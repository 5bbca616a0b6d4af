import TenonRemote

/// A storage in front of one in memory; what it does not do its own way, that one does.
package protocol PassingStorage: RemoteStorage {
    var base: MemoryStorage { get }
}

extension PassingStorage {
    package var location: String { base.location }

    package func list(_ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) async throws -> ObjectPage {
        try await base.list(prefix, after: name, limit: limit)
    }

    package func head(_ name: ObjectName) async throws -> ObjectEntry? { try await base.head(name) }

    package func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice? {
        try await base.read(name, range, into: sink)
    }

    package func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome { try await base.create(name, body) }

    package func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome {
        try await base.replace(name, tag, with: bytes)
    }

    package func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome { try await base.delete(name, tag) }
}
