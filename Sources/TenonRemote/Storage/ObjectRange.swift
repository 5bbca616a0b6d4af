import TenonCore

/// Which bytes of an object are wanted.
package enum ObjectRange: Hashable, Sendable {
    /// From a place to the end; `from(0)` is the whole object.
    case from(UInt64)
    /// Exactly these; an object that ends before them is an error.
    case bytes(Range<UInt64>)
    /// The last so many, or the whole of a shorter object.
    case last(UInt64)

    package static let whole = ObjectRange.from(0)

    /// The range in an object of `size` bytes. Throws `corrupt` if the object ends before it.
    package func resolved(size: UInt64, of name: ObjectName) throws(TenonError) -> Range<UInt64> {
        switch self {
        case .from(let start) where start <= size: return start..<size
        case .bytes(let range) where range.upperBound <= size: return range
        case .last(let count): return (size - min(count, size))..<size
        case .from(let start): throw ObjectRange.tooShort(name, size: size, wanted: start)
        case .bytes(let range): throw ObjectRange.tooShort(name, size: size, wanted: range.upperBound)
        }
    }

    /// How many bytes were asked for, where that can be told.
    var expectedCount: Int? {
        switch self {
        case .from: nil
        case .bytes(let range): Int(exactly: range.count)
        case .last(let count): Int(exactly: count)
        }
    }

    static func tooShort(_ name: ObjectName, size: UInt64, wanted: UInt64) -> TenonError {
        TenonError(.corrupt, "object '\(name)' is too short", cause: "it has \(size) bytes and should have at least \(wanted)")
    }
}
