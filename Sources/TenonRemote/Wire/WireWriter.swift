import TenonCore

/// Puts values together as bytes: fixed-width integers, lowest byte first; texts with a `u16` length.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger & UnsignedInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// At most 65,535 bytes of it.
    mutating func put(_ text: String) {
        let utf8 = Array(text.utf8.prefix(Int(UInt16.max)))
        put(UInt16(utf8.count))
        bytes += utf8
    }

    mutating func put(_ digest: Digest) {
        digest.append(to: &bytes)
    }

    mutating func put(raw: [UInt8]) {
        bytes += raw
    }
}
