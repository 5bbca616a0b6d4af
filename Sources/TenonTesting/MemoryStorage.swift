import Synchronization
import TenonCore
import TenonFormat
import TenonRemote

/// A storage in memory that fails as a test wants: what a remote ought to be, and what it may be.
package final class MemoryStorage: RemoteStorage {
    /// One call, as the storage saw it.
    package enum Call: Hashable, Sendable {
        case list(String)
        case head(ObjectName)
        case read(ObjectName, ObjectRange)
        case create(ObjectName)
        case replace(ObjectName)
        case delete(ObjectName)
    }

    struct Stored: Sendable {
        var bytes: [UInt8]
        var tag: ObjectTag
        var modified: Int64
    }

    fileprivate struct State {
        var objects: [ObjectName: Stored] = [:]
        /// What an outdated listing shows.
        var before: [ObjectName: Stored] = [:]
        var faults: [StorageFault] = []
        var calls: [Call] = []
        var count = 0
        var now: Int64 = 1_700_000_000_000
        /// Whether the same bytes have the same tag, as on S3.
        var tagsBytes = false
    }

    package let location = "memory"
    /// Bytes that a read delivers at a time.
    private let pieceSize: Int
    private let state = Mutex(State())

    /// `tagsBytes`: tags are made of the bytes alone, as on S3.
    package init(pieceSize: Int = 64 << 10, tagsBytes: Bool = false) {
        self.pieceSize = pieceSize
        state.withLock { $0.tagsBytes = tagsBytes }
    }

    /// The same objects in the same states, without faults.
    package convenience init(copying other: MemoryStorage) {
        self.init(pieceSize: other.pieceSize)
        var copy = other.state.withLock { $0 }
        (copy.faults, copy.calls) = ([], [])
        let objects = copy
        state.withLock { $0 = objects }
    }

    /// Makes the next calls fail, one fault each, in this order. A fault that a call can't have leaves it as it is.
    package func fail(_ faults: StorageFault...) {
        state.withLock { $0.faults += faults }
    }

    /// Whether a fault was not met yet.
    package var hasFaults: Bool { state.withLock { !$0.faults.isEmpty } }

    /// The calls since the last time this was asked.
    package func takeCalls() -> [Call] {
        state.withLock { state in
            defer { state.calls = [] }
            return state.calls
        }
    }

    package var names: [ObjectName] { state.withLock { $0.objects.keys.sorted() } }

    package func bytes(_ name: ObjectName) -> [UInt8]? {
        state.withLock { $0.objects[name]?.bytes }
    }

    /// Puts an object there, or damages one, behind everyone's back; `nil` removes it.
    package func set(_ name: ObjectName, _ bytes: [UInt8]?) {
        state.withLock { state in
            state.objects[name] = bytes.map { state.stored($0) }
        }
    }

    /// The storage's clock goes on by so many milliseconds.
    package func advance(by milliseconds: Int64) {
        state.withLock { $0.now += milliseconds }
    }

    package func list(_ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) async throws -> ObjectPage {
        let fault = try await begin(.list(prefix.text))
        let objects = state.withLock { fault == .outdatedListing ? $0.before : $0.objects }
        let found = objects.keys.filter { key in prefix.matches(key) && name.map { key > $0 } ?? true }.sorted()
        var entries = found.prefix(limit).compactMap { key in objects[key].map { entry(key, $0) } }
        if case .foreignName(let foreign) = fault {
            entries.append(ObjectEntry(name: foreign, size: 1, tag: Self.tag(0), modified: 0))
        }
        let isEndless = fault == .endlessListing
        let page = ObjectPage(entries: isEndless ? [] : entries, next: isEndless ? name ?? found.first : found.count > limit ? found[limit - 1] : nil)
        return try end(page, fault)
    }

    package func head(_ name: ObjectName) async throws -> ObjectEntry? {
        let fault = try await begin(.head(name))
        return try end(state.withLock { $0.objects[name] }.map { entry(name, $0) }, fault)
    }

    package func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice? {
        let fault = try await begin(.read(name, range))
        guard let stored = state.withLock({ $0.objects[name] }) else { return try end(nil, fault) }
        let part = try range.resolved(size: UInt64(stored.bytes.count), of: name)
        var bytes = Array(stored.bytes[Int(part.lowerBound)..<Int(part.upperBound)])
        switch fault {
        case .cut(let count), .short(let count): bytes = Array(bytes.prefix(count))
        case .wrongBytes: for index in bytes.indices { bytes[index] ^= 0x55 }
        default: break
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            try await sink.write(Array(rest.prefix(pieceSize)))
            rest = rest.dropFirst(pieceSize)
        }
        if case .cut = fault { throw broken }
        return try end(ObjectSlice(entry: entry(name, stored), range: part), fault)
    }

    package func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome {
        let fault = try await begin(.create(name))
        if fault == .conflict { throw TransientFailure(TenonError(.remote, "someone else writes '\(name)'"), isAnswer: true) }
        var bytes: [UInt8] = []
        try await body.forEachPiece { bytes += $0 }
        let whole = bytes
        let outcome: CreateOutcome = state.withLock { state in
            guard state.objects[name] == nil else { return .alreadyThere }
            state.before = state.objects
            state.objects[name] = state.stored(whole)
            return .created
        }
        return try end(outcome, fault)
    }

    package func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome {
        let fault = try await begin(.replace(name))
        let outcome: ReplaceOutcome = state.withLock { state in
            guard state.objects[name]?.tag == tag else { return .changed }
            let stored = state.stored(bytes)
            state.objects[name] = stored
            return .replaced(stored.tag)
        }
        return try end(outcome, fault)
    }

    package func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome {
        let fault = try await begin(.delete(name))
        let outcome: DeleteOutcome = state.withLock { state in
            guard let stored = state.objects[name] else { return .missing }
            guard stored.tag == tag else { return .changed }
            state.objects[name] = nil
            return .deleted
        }
        return try end(outcome, fault)
    }

    private func begin(_ call: Call) async throws -> StorageFault? {
        let fault: StorageFault? = state.withLock { state in
            state.calls.append(call)
            return state.faults.isEmpty ? nil : state.faults.removeFirst()
        }
        switch fault {
        case .latency(let time): try await Task.sleep(for: time)
        case .refused: throw TransientFailure(TenonError(.remote, "the storage is busy"), isAnswer: true)
        case .throttled(let time): throw TransientFailure(TenonError(.remote, "the storage is busy"), isAnswer: true, delay: time)
        case .silent: try await Task.sleep(for: .seconds(3600))
        default: break
        }
        return fault
    }

    private func end<Value>(_ value: Value, _ fault: StorageFault?) throws -> Value {
        if fault == .answerLost { throw broken }
        return value
    }

    private var broken: TransientFailure {
        TransientFailure(TenonError(.remote, "the connection broke"), isAnswer: false)
    }

    private func entry(_ name: ObjectName, _ stored: Stored) -> ObjectEntry {
        ObjectEntry(name: name, size: UInt64(stored.bytes.count), tag: stored.tag, modified: stored.modified)
    }

    fileprivate static func tag(_ number: Int) -> ObjectTag {
        guard let tag = ObjectTag("\"v\(number)\"") else { preconditionFailure("a number is a tag") }
        return tag
    }
}

extension MemoryStorage.State {
    mutating func stored(_ bytes: [UInt8]) -> MemoryStorage.Stored {
        count += 1
        now += 1
        let tag = tagsBytes ? ObjectTag("\"\(SHA256Hasher.hash(bytes).hex)\"") : nil
        return MemoryStorage.Stored(bytes: bytes, tag: tag ?? MemoryStorage.tag(count), modified: now)
    }
}
