import TenonCore
import TenonFormat

extension Remote {
    /// Up to this many bytes are read back to tell whether an object that is there is the one that was sent; of a longer one the length must do.
    static let comparedBytes = replaceableBytes
    /// An object may have so many bytes to be replaced under its name.
    package static let replaceableBytes = 1 << 20

    /// Writes a new object; one that is there stays. On return it is on stable storage.
    ///
    /// If an attempt's answer was lost and the next one finds an object, that counts as created if it has the same bytes (over 1 MiB: the same
    /// length; such objects are named for their hash).
    package func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome {
        try await attempts("write '\(name)'") { number, activity in
            // The bytes are not sent again where the first attempt was carried out and only its answer lost.
            if number > 1, !storage.settlesOnCreate, let found = try await whatLies(under: name, of: body, activity) { return found }
            let outcome = try await storage.create(name, body.watched(by: activity))
            guard outcome == .alreadyThere, number > 1 else { return outcome }
            return try await whatLies(under: name, of: body, activity) ?? outcome
        }
    }

    /// Sees to it that an object that was seen is on stable storage; should it have gone, it is written.
    package func settle(_ name: ObjectName, _ body: ObjectBody) async throws {
        if storage.settlesOnCreate { _ = try await create(name, body) }
    }

    /// Writes `bytes` as a new object; one that is there stays.
    package func create(_ name: ObjectName, bytes: [UInt8]) async throws -> CreateOutcome {
        try await create(name, ObjectBody(bytes: bytes))
    }

    /// Puts `bytes` (at most 1 MiB) in place of the state that `tag` names: of several callers that name the same state, one succeeds.
    ///
    /// An attempt whose answer was lost succeeded if the object has these bytes now: let them say who wrote them.
    package func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome {
        guard bytes.count <= Remote.replaceableBytes else {
            throw TenonError(.internal, "object '\(name)' can't be replaced", cause: "\(bytes.count) bytes are too many")
        }
        return try await attempts("replace '\(name)'") { number, activity in
            let outcome = try await storage.replace(name, tag, with: bytes)
            guard outcome == .changed, number > 1, let found = try await state(of: name, activity) else { return outcome }
            return found.digest == SHA256Hasher.hash(bytes) ? .replaced(found.tag) : .changed
        }
    }

    /// Removes the state that `tag` names. After an attempt whose answer was lost, an object that is gone counts as removed.
    package func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome {
        try await attempts("remove '\(name)'") { number, _ in
            let outcome = try await storage.delete(name, tag)
            return outcome == .missing && number > 1 ? .deleted : outcome
        }
    }

    /// Whether an object that is there is the one that an earlier attempt sent; `nil`: there is none.
    private func whatLies(under name: ObjectName, of body: ObjectBody, _ activity: Activity) async throws -> CreateOutcome? {
        guard let entry = try await storage.head(name) else { return nil }
        guard entry.size == body.count else { return .alreadyThere }
        guard body.count <= UInt64(Remote.comparedBytes) else { return .created }
        return try await state(of: name, activity)?.digest == body.digest ? .created : .alreadyThere
    }

    private func state(of name: ObjectName, _ activity: Activity) async throws -> (tag: ObjectTag, digest: Digest)? {
        let collected = CollectingSink(limit: Remote.comparedBytes)
        guard let slice = try await storage.read(name, .whole, into: WatchedSink(collected, activity)) else { return nil }
        return (slice.entry.tag, SHA256Hasher.hash(collected.bytes))
    }
}
