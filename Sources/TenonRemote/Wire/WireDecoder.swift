import NIOCore
import TenonCore

/// What comes over the connection: a greeting, then frames.
enum WireMessage: Sendable {
    case greeting(ClosedRange<UInt16>)
    case frame(Frame)
}

/// Reads the greeting, then frames.
struct WireDecoder: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = WireMessage

    private var frames: FrameDecoder?

    mutating func decode(buffer: inout ByteBuffer) throws -> WireMessage? {
        if var decoder = frames {
            defer { frames = decoder }
            return try decoder.decode(buffer: &buffer).map { .frame($0) }
        }
        // What a login script prints shows in the first bytes.
        if let start = buffer.getBytes(at: buffer.readerIndex, length: min(buffer.readableBytes, Greeting.length)) {
            guard start.count == Greeting.length else { return nil }
            guard let versions = Greeting.read(start) else {
                throw NoGreeting(start: buffer.getBytes(at: buffer.readerIndex, length: min(buffer.readableBytes, 80)) ?? [])
            }
            buffer.moveReaderIndex(forwardBy: Greeting.length)
            frames = FrameDecoder()
            return .greeting(versions)
        }
        return nil
    }

    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> WireMessage? {
        if frames == nil, buffer.readableBytes > 0, buffer.readableBytes < Greeting.length {
            throw NoGreeting(start: buffer.getBytes(at: buffer.readerIndex, length: buffer.readableBytes) ?? [])
        }
        return try decode(buffer: &buffer)
    }
}

/// The other side began with something else.
struct NoGreeting: Error {
    let start: [UInt8]
}
