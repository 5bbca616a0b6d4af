import TenonCore

/// Takes bytes apart as `WireWriter` put them together. Every read throws `corrupt` where the bytes end before it.
struct WireReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type) throws -> Value {
        let count = MemoryLayout<Value>.size
        guard rest.count >= count else { throw WireReader.broken }
        var value: Value = 0
        for (position, byte) in rest.prefix(count).enumerated() { value |= Value(byte) << Value(8 * position) }
        rest = rest.dropFirst(count)
        return value
    }

    mutating func text(limit: Int = 4096) throws -> String {
        let count = Int(try integer(UInt16.self))
        guard count <= limit, rest.count >= count, let text = String(validating: rest.prefix(count), as: UTF8.self) else { throw WireReader.broken }
        rest = rest.dropFirst(count)
        return text
    }

    mutating func digest() throws -> Digest {
        guard let digest = Digest(bytes: rest.prefix(Digest.byteCount)) else { throw WireReader.broken }
        rest = rest.dropFirst(Digest.byteCount)
        return digest
    }

    /// All that is left.
    mutating func remaining() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    /// Throws unless everything was read.
    func finish() throws {
        guard rest.isEmpty else { throw WireReader.broken }
    }

    static var broken: TenonError {
        TenonError(.corrupt, "the other side of the SSH connection can't be understood", cause: "a message is not as it should be")
    }
}
