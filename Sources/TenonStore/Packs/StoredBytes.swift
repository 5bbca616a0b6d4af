import TenonFormat

/// An object's bytes, checked against their hash, as a view into a decoded block; they stay as long as this value.
package struct StoredBytes: Sendable {
    private let block: CachedBlock
    private let range: Range<Int>

    init(block: CachedBlock, range: Range<Int>) {
        self.block = block
        self.range = range
    }

    package var count: Int { range.count }

    /// These bytes and `next` as one view, if `next` lies right behind them in the same block.
    func joined(with next: StoredBytes) -> StoredBytes? {
        guard block === next.block, range.upperBound == next.range.lowerBound else { return nil }
        return StoredBytes(block: block, range: range.lowerBound..<next.range.upperBound)
    }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try block.bytes(range).withUnsafeBytes(body)
    }

    /// A copy of the bytes.
    package var array: [UInt8] { Array(block.bytes(range)) }
}
