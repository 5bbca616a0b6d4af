import NIOCore
import TenonCore
import Testing

@testable import TenonRemote

@Suite("The protocol over SSH")
struct WireTests {
    private func decode(_ bytes: [UInt8]) throws -> [WireMessage] {
        var decoder = WireDecoder()
        var buffer = ByteBuffer(bytes: bytes)
        var messages: [WireMessage] = []
        while let message = try decoder.decode(buffer: &buffer) { messages.append(message) }
        return messages
    }

    @Test("Greetings and frames are read however they are cut")
    func cuts() throws {
        let frames = [
            Frame(kind: .head, request: 7, payload: [1, 2, 3]), Frame(kind: .cancel, request: .max), Frame(kind: .data, request: 0, payload: [9]),
        ]
        let bytes = Greeting.client + frames.flatMap { $0.head + $0.payload }
        for cut in 0...bytes.count {
            var decoder = WireDecoder()
            var found: [Frame] = []
            var buffer = ByteBuffer(bytes: bytes[..<cut])
            for more in [[], Array(bytes[cut...])] {
                buffer.writeBytes(more)
                while let message = try decoder.decode(buffer: &buffer) {
                    if case .frame(let frame) = message { found.append(frame) }
                }
            }
            #expect(found == frames)
        }
    }

    @Test("The highest common version is chosen; without one the server tells its own")
    func versions() {
        #expect(Greeting.read(Greeting.client) == 1...1)
        #expect(Greeting.server(for: 1...9, own: 1...3).version == 3)
        #expect(Greeting.server(for: 2...2, own: 1...3).version == 2)
        #expect(Greeting.server(for: 4...5, own: 1...3).version == nil)
        #expect(Greeting.read(Greeting.server(for: 4...5, own: 1...3).reply) == 1...3)
        for bytes in [[], Array("SSH-2.0-Open".utf8), Array(Greeting.client.dropLast()), Greeting.client.dropLast(4) + [2, 0, 1, 0]] {
            #expect(Greeting.read(bytes) == nil)
        }
    }

    @Test("Errors travel, without control characters")
    func errors() {
        let error = TenonError(.noSpace, "a\u{1b}[31m", cause: "b\nc", hint: nil)
        let arrived = Frame.failed(1, error).failure as? TenonError
        #expect(arrived?.code == .noSpace && arrived?.message == "a\\x1b[31m" && arrived?.cause == "b\\x0ac" && arrived?.hint == nil)
        let transient = Frame.failed(1, TransientFailure(error, isAnswer: true)).failure as? TransientFailure
        #expect(transient?.error.code == .noSpace)
        #expect((Frame(kind: .failed, request: 1, payload: [0, 1, 0]).failure as? TenonError)?.code == .corrupt)
    }

    @Test("Entries and ranges travel")
    func values() throws {
        let tag = try #require(ObjectTag("\"t\""))
        let entry = ObjectEntry(name: try ObjectName("a/b"), size: 5, tag: tag, modified: -1)
        var writer = WireWriter()
        writer.put(entry)
        for range in [ObjectRange.from(3), .bytes(1..<9), .last(4)] { writer.put(range) }
        var reader = WireReader(writer.bytes)
        #expect(try reader.entry() == entry)
        for range in [ObjectRange.from(3), .bytes(1..<9), .last(4)] { #expect(try reader.range() == range) }
        try reader.finish()
    }

    @Test("Whatever the bytes, reading ends, in values that are good or in an error")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var bytes = Bool.random() ? Greeting.client : []
            bytes += (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                Bool.random() ? UInt8.random(in: 0...5, using: &generator) : UInt8.random(in: 0...255, using: &generator)
            }
            for message in (try? decode(bytes)) ?? [] {
                guard case .frame(let frame) = message else { continue }
                #expect(frame.payload.count <= bytes.count)
                var reader = WireReader(frame.payload)
                _ = try? reader.entry()
                reader = WireReader(frame.payload)
                _ = try? reader.range()
                _ = frame.failure
            }
        }
        #expect(throws: (any Error).self) { try decode(Greeting.client + [0xFF, 0xFF, 0xFF, 0x7F]) }
    }

    @Test("A mailbox gives frames in their order, then why there are no more; a taker that is cancelled goes")
    func mailbox() async throws {
        let mailbox = Mailbox(limit: 10)
        try mailbox.put(Frame(kind: .data, request: 1, payload: [1]))
        try mailbox.put(Frame(kind: .data, request: 1, payload: [2]))
        mailbox.fail(WireReader.broken)
        let first = try await mailbox.next()
        let second = try await mailbox.next()
        #expect(first.payload + second.payload == [1, 2])
        await #expect(throws: TenonError.self) { try await mailbox.next() }

        let full = Mailbox(limit: 10)
        try full.put(Frame(kind: .data, request: 1, payload: Array(repeating: 0, count: 11)))
        #expect(throws: TenonError.self) { try full.put(Frame(kind: .data, request: 1)) }

        let empty = Mailbox()
        let taker = Task { try await empty.next() }
        taker.cancel()
        await #expect(throws: CancellationError.self) { try await taker.value }
    }
}
