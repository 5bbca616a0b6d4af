import TenonCore
import TenonFormat

/// The bytes of an object to be written: part of a source, with its length and SHA-256 known beforehand.
///
/// It can be read any number of times, so a transfer that broke can begin anew.
package struct ObjectBody: Sendable {
    /// Bytes that are handed on at a time.
    package static let pieceSize = 1 << 20

    let source: any ByteSource
    let range: Range<UInt64>
    /// SHA-256 of the bytes in `range`. What is stored is checked against it.
    package let digest: Digest
    /// Whether the bytes are in memory, and `digest` was made of them there: they are not checked once more.
    private(set) var isProved = false
    /// Where it is noted that bytes move.
    private var activity: Activity?

    /// `range` must lie in the source.
    package init(_ source: any ByteSource, range: Range<UInt64>, digest: Digest) {
        self.source = source
        self.range = range
        self.digest = digest
    }

    package init(_ source: any ByteSource, digest: Digest) {
        self.init(source, range: 0..<source.count, digest: digest)
    }

    package init(bytes: [UInt8]) {
        self.init(ArraySource(bytes), digest: SHA256Hasher.hash(bytes))
        isProved = true
    }

    /// In bytes.
    package var count: UInt64 { UInt64(range.count) }

    /// The body in pieces, in order: from a file on a thread for blocking work.
    package func forEachPiece(in part: Range<UInt64>? = nil, _ body: ([UInt8]) async throws -> Void) async throws {
        let part = part ?? 0..<count
        var offset = part.lowerBound
        while offset < part.upperBound {
            let length = Int(min(UInt64(ObjectBody.pieceSize), part.upperBound - offset))
            try await body(try await bytes(at: offset, count: length))
            offset += UInt64(length)
        }
    }

    /// `count` bytes from `offset` of the body on.
    func bytes(at offset: UInt64, count: Int) async throws -> [UInt8] {
        let source = source
        let place = range.lowerBound + offset
        return try await onFileThread { try source.read(at: place, count: count) }
    }

    /// The same body; each read of it is noted in `activity`.
    func watched(by activity: Activity) -> ObjectBody {
        var body = ObjectBody(WatchedSource(base: source, activity: activity), range: range, digest: digest)
        body.activity = activity
        body.isProved = isProved
        return body
    }

    /// Bytes of this body that are in memory already, as a body of their own that is watched as this one is.
    func part(_ bytes: [UInt8]) -> ObjectBody {
        let part = ObjectBody(bytes: bytes)
        return activity.map { part.watched(by: $0) } ?? part
    }

    var sourceChanged: TenonError { ObjectBody.changed(digest) }

    static func changed(_ digest: Digest) -> TenonError {
        TenonError(.corrupt, "an object can't be sent", cause: "its bytes are not those that its SHA-256 \(digest.hex) names", hint: "tenon fsck")
    }
}
