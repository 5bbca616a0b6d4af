import Synchronization
import TenonCore

/// A remote on a host that SSH reaches: `tenon serve --stdio` there keeps a directory, one connection carries all.
package final class SSHStorage: RemoteStorage {
    package let location: String
    package let settlesOnCreate = true
    private let connections: SSHConnections

    package init(_ place: SSHLocation, settings: SSHSettings, environment: RemoteEnvironment) {
        location = place.description
        connections = SSHConnections { try await SSHConnection.open(place, settings, environment) }
    }

    package func close() async {
        await connections.close()
    }

    package func prepare() async throws {
        _ = try await ask { Frame(kind: .prepare, request: $0) }
    }

    package func list(_ prefix: ObjectPrefix, after name: ObjectName?, limit: Int) async throws -> ObjectPage {
        var reader = try await ask { .list($0, prefix, after: name, limit: limit) }
        let next = try reader.text()
        var entries: [ObjectEntry] = []
        while !reader.isAtEnd { entries.append(try reader.entry()) }
        return ObjectPage(entries: entries, next: next.isEmpty ? nil : try ObjectName(next))
    }

    package func head(_ name: ObjectName) async throws -> ObjectEntry? {
        var reader = try await ask { .named(.head, $0, name) }
        return reader.isAtEnd ? nil : try entry(&reader, name)
    }

    package func read(_ name: ObjectName, _ range: ObjectRange, into sink: some ByteSink) async throws -> ObjectSlice? {
        try await request { connection, number, mailbox in
            try await connection.send(.named(.read, number, name) { $0.put(range) })
            var received: UInt64 = 0
            while true {
                let frame = try await mailbox.next()
                guard frame.kind == .data else {
                    var reader = try SSHStorage.end(frame)
                    if reader.isAtEnd { return nil }
                    let entry = try self.entry(&reader, name)
                    let (start, end) = (try reader.integer(UInt64.self), try reader.integer(UInt64.self))
                    try reader.finish()
                    guard start <= end, try range.resolved(size: entry.size, of: name) == start..<end, received == end - start else {
                        throw WireReader.broken
                    }
                    return ObjectSlice(entry: entry, range: start..<end)
                }
                guard !frame.payload.isEmpty else { throw WireReader.broken }
                received += UInt64(frame.payload.count)
                if case .bytes(let asked) = range, received > UInt64(asked.count) { throw WireReader.broken }
                if case .last(let asked) = range, received > asked { throw WireReader.broken }
                try await sink.write(frame.payload)
                try await connection.send(.credit(number, frame.payload.count))
            }
        }
    }

    package func create(_ name: ObjectName, _ body: ObjectBody) async throws -> CreateOutcome {
        var reader = try await request { connection, number, mailbox in
            try await connection.send(
                .named(.create, number, name) { writer in
                    writer.put(body.count)
                    writer.put(body.digest)
                })
            var offset: UInt64 = 0
            while offset < body.count {
                // The other end may know before it has all: the name is taken, the disk is full.
                if let early = try mailbox.poll() { return try SSHStorage.end(early) }
                let count = Int(min(UInt64(Frame.dataLength), body.count - offset))
                try await connection.send(Frame(kind: .data, request: number, payload: try await body.bytes(at: offset, count: count)))
                offset += UInt64(count)
            }
            return try SSHStorage.end(try await mailbox.next())
        }
        switch try reader.integer(UInt8.self) {
        case 0: return .created
        case 1: return .alreadyThere
        default: throw WireReader.broken
        }
    }

    package func replace(_ name: ObjectName, _ tag: ObjectTag, with bytes: [UInt8]) async throws -> ReplaceOutcome {
        var reader = try await ask {
            .named(.replace, $0, name) { writer in
                writer.put(tag.text)
                writer.put(raw: bytes)
            }
        }
        if reader.isAtEnd { return .changed }
        return .replaced(try reader.tag())
    }

    package func delete(_ name: ObjectName, _ tag: ObjectTag) async throws -> DeleteOutcome {
        var reader = try await ask { .named(.delete, $0, name) { $0.put(tag.text) } }
        switch try reader.integer(UInt8.self) {
        case 0: return .deleted
        case 1: return .changed
        case 2: return .missing
        default: throw WireReader.broken
        }
    }

    /// A question that is one frame, and whose answer is one.
    private func ask(_ frame: @Sendable (UInt32) -> Frame) async throws -> WireReader {
        try await request { connection, number, mailbox in
            try await connection.send(frame(number))
            return try SSHStorage.end(try await mailbox.next())
        }
    }

    private func request<Value>(_ body: (SSHConnection, UInt32, Mailbox) async throws -> Value) async throws -> Value {
        let connection = try await connections.connection()
        let (number, mailbox) = try connection.begin()
        do {
            let value = try await body(connection, number, mailbox)
            connection.end(number, isDone: true)
            return value
        } catch {
            connection.end(number, isDone: false)
            throw error
        }
    }

    /// What the end of a request brings. Throws what the other side says went wrong.
    private static func end(_ frame: Frame) throws -> WireReader {
        switch frame.kind {
        case .done: return WireReader(frame.payload)
        case .failed: throw frame.failure
        default: throw WireReader.broken
        }
    }

    private func entry(_ reader: inout WireReader, _ name: ObjectName) throws -> ObjectEntry {
        let entry = try reader.entry()
        guard entry.name == name else { throw WireReader.broken }
        return entry
    }
}
