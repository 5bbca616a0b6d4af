import ArgumentParser

/// `--range`: `A-B` from byte A to byte B, both included and counted from 0; `A-` from byte A on; `-N` the last N bytes.
struct ByteRange: ExpressibleByArgument, Hashable {
    var start: UInt64?
    var end: UInt64?

    init?(argument: String) {
        let parts = argument.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let start = Self.number(parts[0]), let end = Self.number(parts[1]) else { return nil }
        if start == nil && end == nil { return nil }
        if let start, let end, start > end { return nil }
        self.start = start
        self.end = end
    }

    /// `.some(nil)` for an empty side, `nil` for one that is no number.
    private static func number(_ text: Substring) -> UInt64?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = UInt64(text) else { return nil }
        return value
    }
}
