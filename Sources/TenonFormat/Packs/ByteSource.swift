import TenonCore

/// Bytes that can be read at any place: a file, an object of a remote, an array.
package protocol ByteSource: Sendable {
    /// Number of bytes in the source.
    var count: UInt64 { get }

    /// Exactly `count` bytes from `offset` on; throws if there are fewer.
    func read(at offset: UInt64, count: Int) throws -> [UInt8]
}

/// Bytes in memory as a source.
package struct ArraySource: ByteSource {
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var count: UInt64 { UInt64(bytes.count) }

    package func read(at offset: UInt64, count: Int) throws -> [UInt8] {
        guard count >= 0, offset <= self.count, UInt64(count) <= self.count - offset else {
            throw TenonError(.io, "can't read \(count) bytes at \(offset)", cause: "there are only \(self.count) bytes")
        }
        return Array(bytes[Int(offset)..<(Int(offset) + count)])
    }
}
