import TenonCore

/// How both sides begin: the client says which versions of the protocol it speaks, the server which one is spoken from here on.
enum Greeting {
    static let versions: ClosedRange<UInt16> = 1...1

    /// Neither text nor a shell's prompt.
    private static let magic = Array("\u{89}TENON1\n".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })

    /// Both greetings have this length.
    static let length = 8 + 4

    /// From the client: the versions that it speaks.
    static var client: [UInt8] { bytes(versions) }

    /// From the server: the version chosen, twice; or, where there is none in common, its own lowest and highest.
    static func server(for client: ClosedRange<UInt16>, own: ClosedRange<UInt16> = versions) -> (reply: [UInt8], version: UInt16?) {
        let common = min(own.upperBound, client.upperBound)
        guard common >= max(own.lowerBound, client.lowerBound) else { return (bytes(own), nil) }
        return (bytes(common...common), common)
    }

    /// The versions in a greeting; `nil` if it is none.
    static func read(_ bytes: [UInt8]) -> ClosedRange<UInt16>? {
        guard bytes.count == length, bytes.starts(with: magic) else { return nil }
        let low = UInt16(bytes[8]) | UInt16(bytes[9]) << 8
        let high = UInt16(bytes[10]) | UInt16(bytes[11]) << 8
        return low <= high ? low...high : nil
    }

    private static func bytes(_ versions: ClosedRange<UInt16>) -> [UInt8] {
        var writer = WireWriter()
        writer.put(raw: magic)
        writer.put(versions.lowerBound)
        writer.put(versions.upperBound)
        return writer.bytes
    }
}
