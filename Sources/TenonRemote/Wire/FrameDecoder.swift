import NIOCore
import TenonCore

/// Cuts what comes over the connection into frames. A length or a kind that can't be ends the connection.
struct FrameDecoder: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = Frame

    mutating func decode(buffer: inout ByteBuffer) throws -> Frame? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, endianness: .little, as: UInt32.self) else { return nil }
        guard length >= UInt32(Frame.headLength - 4), length <= UInt32(Frame.headLength - 4 + Frame.maximumPayload) else { throw WireReader.broken }
        guard buffer.readableBytes >= Int(length) + 4 else { return nil }
        buffer.moveReaderIndex(forwardBy: 4)
        guard let number = buffer.readInteger(as: UInt8.self), let kind = Frame.Kind(rawValue: number),
            let request = buffer.readInteger(endianness: .little, as: UInt32.self),
            let payload = buffer.readBytes(length: Int(length) + 4 - Frame.headLength)
        else { throw WireReader.broken }
        return Frame(kind: kind, request: request, payload: payload)
    }

    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> Frame? {
        try decode(buffer: &buffer)
    }
}
