import TenonCore

/// What the header of a zstd frame declares, read by RFC 8878, section 3.1.1.1.
struct ZstdFrameHeader {
    let contentLength: UInt64
    let windowLength: UInt64

    /// Throws `corrupt` for anything but a plain frame with a content size and no dictionary.
    init(of frame: UnsafeRawBufferPointer) throws(TenonError) {
        guard frame.count >= 6, UInt32(littleEndian: frame.loadUnaligned(as: UInt32.self)) == 0xFD2F_B528 else {
            throw ZstdFrameHeader.refusal("it does not begin with the magic number")
        }
        let descriptor = frame[4]
        let isSingleSegment = descriptor & 0x20 != 0
        guard descriptor & 0x18 == 0 else { throw ZstdFrameHeader.refusal("a reserved bit is set") }
        guard descriptor & 0x03 == 0 else { throw ZstdFrameHeader.refusal("it asks for a dictionary") }
        let sizeLength =
            switch descriptor >> 6 {
            case 0: isSingleSegment ? 1 : 0
            case 1: 2
            case 2: 4
            default: 8
            }
        guard sizeLength > 0 else { throw ZstdFrameHeader.refusal("it has no content size") }
        let sizeStart = isSingleSegment ? 5 : 6
        guard frame.count >= sizeStart + sizeLength else { throw ZstdFrameHeader.refusal("its header is cut short") }
        var value: UInt64 = sizeLength == 2 ? 256 : 0
        for index in 0..<sizeLength { value &+= UInt64(frame[sizeStart + index]) << UInt64(8 * index) }
        contentLength = value
        if isSingleSegment {
            windowLength = value
        } else {
            let base = UInt64(1) << (10 + UInt64(frame[5] >> 3))
            windowLength = base + (base >> 3) * UInt64(frame[5] & 7)
        }
    }

    /// Throws `corrupt` unless the content is `length` bytes long and the window no longer.
    func check(contentLength length: Int) throws(TenonError) {
        guard contentLength == UInt64(length) else {
            throw ZstdFrameHeader.refusal("it declares \(contentLength) bytes, not \(length)")
        }
        guard windowLength <= UInt64(length) else {
            throw ZstdFrameHeader.refusal("its window of \(windowLength) bytes is longer than its content")
        }
    }

    private static func refusal(_ cause: String) -> TenonError {
        TenonError(.corrupt, "zstd frame is refused", cause: cause)
    }
}
