import TenonCore

/// Says that an artifact's state was stored; an object of type `snapshot`, from which the catalog is rebuilt.
package struct SnapshotRecord: Hashable, Sendable {
    /// Without `run` and `x-` lines.
    package let content: Pointer
    /// When it was stored, in milliseconds since 1970 UTC; at most 2^63 − 1.
    package let time: UInt64

    package static let maximumLength = 2048
    private static let keys: Set<String> = ["tenon-snapshot", "time", "kind", "oid", "size", "files", "manifest", "mode"]

    /// Keeps what is content of `pointer`.
    package init(content pointer: Pointer, time: UInt64) {
        content = pointer.withoutAnnotations
        self.time = min(time, UInt64(Int64.max))
    }

    /// Reads a record; throws as `Pointer.init(parsing:)` does.
    package init(parsing bytes: [UInt8]) throws {
        var lines = try RecordLines(parsing: bytes, what: "snapshot record", maximumLength: SnapshotRecord.maximumLength)
        try lines.takeFirstLine("tenon-snapshot")
        time = try lines.number(try lines.take("time", known: SnapshotRecord.keys), of: "time")
        content = try Pointer(taking: &lines)
        guard content == content.withoutAnnotations else { throw lines.damaged("it has lines that are not content") }
        try lines.finish(known: SnapshotRecord.keys)
    }

    /// The one valid encoding.
    package var bytes: [UInt8] { Array("tenon-snapshot 1\ntime \(time)\n".utf8) + content.lines }
}
