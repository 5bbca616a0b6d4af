import Glibc
import NIOCore
import TenonCore
import TenonFormat
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
        let entry = ObjectEntry(name: try ObjectName("a/b"), size: 5, tag: tag, modified: 1_369_353_600_123)
        var writer = WireWriter()
        writer.put(entry)
        for range in [ObjectRange.from(3), .bytes(1..<9), .last(4)] { writer.put(range) }
        var reader = WireReader(writer.bytes)
        #expect(try reader.entry() == entry)
        for range in [ObjectRange.from(3), .bytes(1..<9), .last(4)] { #expect(try reader.range() == range) }
        try reader.finish()
    }

    @Test("Times that can't be reckoned with don't arrive", arguments: [(Int64.max, Int64(253_402_300_799_999)), (.min, 0)])
    func times(_ sent: Int64, _ arrived: Int64) throws {
        var writer = WireWriter()
        writer.put("a")
        writer.put(UInt64(1))
        writer.put("\"t\"")
        writer.put(UInt64(bitPattern: sent))
        var reader = WireReader(writer.bytes)
        #expect(try reader.entry().modified == arrived)
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

    @Test("The other side can't say that a person here has cancelled something")
    func foreignCancellation() {
        let cancelled = Frame.failed(1, TenonError(.cancelled, "the work was cancelled")).failure as? TenonError
        #expect(cancelled?.code == .remote && cancelled?.message == "the work was cancelled")
        #expect((Frame.failed(1, TenonError(.noSpace, "full")).failure as? TenonError)?.code == .noSpace)
    }

    @Test("A mailbox gives frames in their order, then why there are no more; a taker that is cancelled goes")
    func mailbox() async throws {
        let mailbox = Mailbox(limit: 10 + 128)
        try mailbox.put(Frame(kind: .data, request: 1, payload: [1]))
        try mailbox.put(Frame(kind: .data, request: 1, payload: [2]))
        mailbox.fail(WireReader.broken)
        let first = try await mailbox.next()
        let second = try await mailbox.next()
        #expect(first.payload + second.payload == [1, 2])
        await #expect(throws: TenonError.self) { try await mailbox.next() }

        let full = Mailbox(limit: 10 + 128)
        try full.put(Frame(kind: .data, request: 1, payload: Array(repeating: 0, count: 11)))
        #expect(throws: TenonError.self) { try full.put(Frame(kind: .data, request: 1)) }

        let empty = Mailbox()
        let taker = Task { try await empty.next() }
        taker.cancel()
        await #expect(throws: CancellationError.self) { try await taker.value }
    }

    /// Serves a scratch directory to `body`, which writes to the first descriptor and reads from the second. Returns once the server has ended.
    private func withServer(_ body: @Sendable @escaping (CInt, CInt) throws -> Void) async throws {
        try await withScratchDirectory { directory in
            let storage = try DirectoryStorage(path: directory)
            var (toServer, fromServer) = ([CInt](repeating: 0, count: 2), [CInt](repeating: 0, count: 2))
            try #require(pipe(&toServer) == 0 && pipe(&fromServer) == 0)
            let (input, output) = (toServer[1], fromServer[0])
            async let serving: Void = StorageServer(storage).run(input: toServer[0], output: fromServer[1])
            defer { close(output) }
            do {
                try await onFileThread {
                    defer { close(input) }
                    try body(input, output)
                }
            } catch {
                try? await serving
                throw error
            }
            try await serving
        }
    }

    private static func create(_ number: UInt32) throws -> Frame {
        .named(.create, number, try ObjectName("packs/\(number)")) { writer in
            writer.put(UInt64(1))
            writer.put(SHA256Hasher.hash([1]))
        }
    }

    @Test("A request too many is told to come again, and the connection goes on", .timeLimit(.minutes(2)))
    func manyRequests() async throws {
        try await withServer { input, output in
            // Each waits for its byte.
            var bytes = Greeting.client
            for number in 1...257 { bytes += try WireTests.bytes(WireTests.create(UInt32(number))) }
            try WireTests.write(bytes, to: input)
            #expect(try WireTests.read(Greeting.length, from: output).count == Greeting.length)
            let refused = try WireTests.frame(from: output)
            #expect(refused.request == 257 && (refused.failure as? TransientFailure)?.isAnswer == true)
            // What it sends all the same is dropped; the others get their answers.
            try WireTests.write(WireTests.bytes(Frame(kind: .data, request: 257, payload: [1])), to: input)
            try WireTests.write(WireTests.bytes(Frame(kind: .data, request: 9, payload: [1])), to: input)
            #expect(try WireTests.frame(from: output) == Frame(kind: .done, request: 9, payload: [0]))
        }
    }

    @Test("A request's number that is in use ends the connection", .timeLimit(.minutes(2)))
    func usedNumber() async throws {
        await #expect(throws: TenonError.self) {
            try await withServer { input, output in
                let request = try WireTests.bytes(WireTests.create(1))
                try WireTests.write(Greeting.client + request + request, to: input)
                while try !WireTests.read(1, from: output).isEmpty {}
            }
        }
    }

    private static func bytes(_ frame: Frame) -> [UInt8] { frame.head + frame.payload }

    private static func write(_ bytes: [UInt8], to descriptor: CInt) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TenonError(.io, "the server takes nothing") }
            rest = rest.dropFirst(count)
        }
    }

    /// So many bytes; fewer if the server has ended.
    private static func read(_ count: Int, from descriptor: CInt) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var piece = [UInt8](repeating: 0, count: count - bytes.count)
            let got = Glibc.read(descriptor, &piece, piece.count)
            guard got > 0 else { break }
            bytes += piece.prefix(got)
        }
        return bytes
    }

    private static func frame(from descriptor: CInt) throws -> Frame {
        var decoder = FrameDecoder()
        let head = try read(4, from: descriptor)
        var reader = WireReader(head)
        var buffer = ByteBuffer(bytes: head + (try read(Int(try reader.integer(UInt32.self)), from: descriptor)))
        return try #require(try decoder.decode(buffer: &buffer))
    }
}
