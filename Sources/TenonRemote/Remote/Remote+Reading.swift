import Synchronization
import TenonCore

extension Remote {
    /// Delivers bytes of an object to `sink`, in order. Throws `notFound` if there is no such object, `corrupt` if it ends before the range.
    ///
    /// After a passing failure the read goes on where it stopped. The bytes are what the storage sent: compare them with a hash.
    @discardableResult
    package func read(_ name: ObjectName, _ range: ObjectRange = .whole, into sink: some ByteSink) async throws -> ObjectSlice {
        let progress = ReadProgress(range)
        let slice = try await attempts("read '\(name)'") { _, activity in
            let (rest, skipped) = progress.rest
            let watched = WatchedSink(sink, skipping: skipped, activity)
            defer {
                progress.add(watched.delivered)
                activity.keep(watched.delivered)
            }
            return try await storage.read(name, rest, into: watched)
        }
        guard let slice else { throw TenonError(.notFound, "object '\(name)' is not on the remote '\(location)'") }
        let whole = try range.resolved(size: slice.entry.size, of: name)
        let wanted = whole.upperBound - whole.lowerBound
        guard progress.delivered == wanted else {
            throw TenonError(
                .corrupt, "object '\(name)' can't be read from '\(location)'",
                cause: "\(progress.delivered) bytes came where \(wanted) were asked for")
        }
        return ObjectSlice(entry: slice.entry, range: whole)
    }

    /// A whole small object; `nil` if there is none. Throws `corrupt` if it is longer than `limit` bytes.
    ///
    /// Its bytes and its entry belong together: where it is replaced while it is read, it is read again.
    package func contents(of name: ObjectName, limit: Int) async throws -> (bytes: [UInt8], entry: ObjectEntry)? {
        try await attempts("read '\(name)'") { _, activity in
            let collected = CollectingSink(limit: limit)
            guard let slice = try await storage.read(name, .whole, into: WatchedSink(collected, activity)) else { return nil }
            guard UInt64(collected.bytes.count) == slice.entry.size else {
                throw TenonError(
                    .corrupt, "object '\(name)' can't be read from '\(location)'",
                    cause: "\(collected.bytes.count) bytes came of \(slice.entry.size)")
            }
            return (collected.bytes, slice.entry)
        }
    }

    /// Bytes of an object, in memory. Throws `notFound` if there is no such object, `corrupt` if it ends before the range or brings over `limit` bytes.
    package func bytes(of name: ObjectName, _ range: ObjectRange, limit: Int) async throws -> (bytes: [UInt8], slice: ObjectSlice) {
        let collected = CollectingSink(limit: limit, expected: range.expectedCount ?? 0)
        let slice = try await read(name, range, into: collected)
        return (collected.bytes, slice)
    }
}

/// How far a read has come over several attempts.
private final class ReadProgress: Sendable {
    private let range: ObjectRange
    private let count = Mutex<UInt64>(0)

    init(_ range: ObjectRange) {
        self.range = range
    }

    var delivered: UInt64 { count.withLock { $0 } }

    func add(_ more: UInt64) {
        count.withLock { $0 += more }
    }

    /// What is still to be read, and how much of it is there already.
    var rest: (ObjectRange, skipped: UInt64) {
        let delivered = delivered
        switch range {
        case .from(let start): return (.from(start + delivered), 0)
        case .bytes(let range): return (.bytes(min(range.lowerBound + delivered, range.upperBound)..<range.upperBound), 0)
        case .last: return (range, delivered)
        }
    }
}
