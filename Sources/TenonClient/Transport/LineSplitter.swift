import TenonCore

/// Cuts a stream of bytes into lines, whatever the pieces in which it comes.
struct LineSplitter {
    /// The longest line that is taken: far more than any event needs.
    static let maximumLength = 256 << 20

    private var rest: [UInt8] = []

    /// Hands each line that is complete now to `body`, without its line feed. Empty lines are skipped.
    mutating func add(_ piece: UnsafeRawBufferPointer, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var start = 0
        while start < piece.count {
            let from = UnsafeRawBufferPointer(rebasing: piece[start...])
            guard let end = from.firstIndex(of: UInt8(ascii: "\n")) else {
                guard rest.count + from.count <= LineSplitter.maximumLength else {
                    throw TenonError(.io, "the daemon's answer can't be read", cause: "a line is too long")
                }
                rest += from
                return
            }
            rest += from[..<end]
            start += end + 1
            let line = rest
            rest.removeAll(keepingCapacity: true)
            if !line.isEmpty { try body(line[...]) }
        }
    }

    /// Whether the last line has no line feed yet.
    var isIncomplete: Bool { !rest.isEmpty }
}
