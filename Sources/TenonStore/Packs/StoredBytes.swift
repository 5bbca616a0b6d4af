import TenonFormat

/// An object's bytes, checked against their hash, as a view into a decoded block; they stay as long as this value.
package struct StoredBytes: Sendable {
    private let block: DecodedBlock
    private let range: Range<Int>

    init(block: DecodedBlock, range: Range<Int>) {
        self.block = block
        self.range = range
    }

    package var count: Int { range.count }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try block.raw.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// A copy of the bytes.
    package var array: [UInt8] { Array(block.raw[range]) }
}
