import NIOCore
import TenonCore

/// One client of a `StorageServer`, and the answers to it.
struct ServedConnection: Sendable {
    let storage: DirectoryStorage
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// A page is cut where its frame is full.
    private static let maximumPage = 900 << 10

    /// Carries one request out and sends its end. What goes wrong with the connection shows where it is read.
    func answer(_ frame: Frame, _ mailbox: Mailbox) async {
        do {
            let payload = try await result(of: frame, mailbox)
            try await send(Frame(kind: .done, request: frame.request, payload: payload))
        } catch is CancellationError {
        } catch {
            try? await send(.failed(frame.request, error))
        }
    }

    private func result(of frame: Frame, _ mailbox: Mailbox) async throws -> [UInt8] {
        var reader = WireReader(frame.payload)
        var writer = WireWriter()
        switch frame.kind {
        case .prepare:
            try reader.finish()
            try await storage.prepare()
        case .list:
            let prefix = try ObjectPrefix(try reader.text())
            let after = try reader.text()
            let limit = Int(try reader.integer(UInt32.self))
            try reader.finish()
            put(try await storage.list(prefix, after: after.isEmpty ? nil : ObjectName(after), limit: max(1, min(limit, 10_000))), &writer)
        case .head:
            let name = try reader.name()
            try reader.finish()
            if let entry = try await storage.head(name) { writer.put(entry) }
        case .read:
            let (name, range) = (try reader.name(), try reader.range())
            try reader.finish()
            let sink = FrameSink(connection: self, request: frame.request, mailbox: mailbox)
            if let slice = try await storage.read(name, range, into: sink) {
                writer.put(slice.entry)
                writer.put(slice.range.lowerBound)
                writer.put(slice.range.upperBound)
            }
        case .create:
            let (name, size, digest) = (try reader.name(), try reader.integer(UInt64.self), try reader.digest())
            try reader.finish()
            let outcome = try await storage.create(name, digest: digest) { take in
                var received: UInt64 = 0
                while received < size {
                    let piece = try await mailbox.next()
                    guard piece.kind == .data, !piece.payload.isEmpty, UInt64(piece.payload.count) <= size - received else { throw WireReader.broken }
                    received += UInt64(piece.payload.count)
                    try await take(piece.payload)
                }
            }
            writer.put(UInt8(outcome == .created ? 0 : 1))
        case .replace:
            let (name, tag) = (try reader.name(), try reader.tag())
            if case .replaced(let now) = try await storage.replace(name, tag, with: reader.remaining()) { writer.put(now.text) }
        case .delete:
            let (name, tag) = (try reader.name(), try reader.tag())
            try reader.finish()
            let outcome = try await storage.delete(name, tag)
            writer.put(UInt8(outcome == .deleted ? 0 : outcome == .changed ? 1 : 2))
        case .credit, .cancel, .data, .done, .failed: throw WireReader.broken
        }
        return writer.bytes
    }

    func send(_ frame: Frame) async throws {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(Frame.headLength + frame.payload.count)
        buffer.writeBytes(frame.head)
        buffer.writeBytes(frame.payload)
        try await outbound.write(buffer)
    }

    private func put(_ page: ObjectPage, _ writer: inout WireWriter) {
        var entries = WireWriter()
        var next = page.next
        for (position, entry) in page.entries.enumerated() {
            if entries.bytes.count > ServedConnection.maximumPage {
                next = page.entries[position - 1].name
                break
            }
            entries.put(entry)
        }
        writer.put(next?.text ?? "")
        writer.put(raw: entries.bytes)
    }
}

/// Sends an object's bytes as frames, no more than the client has given credit for.
private final class FrameSink: ByteSink {
    private let connection: ServedConnection
    private let request: UInt32
    private let mailbox: Mailbox
    private let credit = CreditCount(Int(Frame.window))

    init(connection: ServedConnection, request: UInt32, mailbox: Mailbox) {
        self.connection = connection
        self.request = request
        self.mailbox = mailbox
    }

    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            while let frame = try mailbox.poll() { try add(frame) }
            while credit.value <= 0 { try add(try await mailbox.next()) }
            let piece = Array(rest.prefix(min(Frame.dataLength, credit.value)))
            credit.add(-piece.count)
            try await connection.send(Frame(kind: .data, request: request, payload: piece))
            rest = rest.dropFirst(piece.count)
        }
    }

    private func add(_ frame: Frame) throws {
        var reader = WireReader(frame.payload)
        guard frame.kind == .credit else { throw WireReader.broken }
        credit.add(min(Int(try reader.integer(UInt32.self)), Int(Frame.window)))
        try reader.finish()
    }
}
