import TenonCore

/// Follows the entries of a node as they are read: sums, and whether the node ends where the cut rule lets it end.
struct NodeShape {
    private(set) var entryCount: UInt64 = 0
    private(set) var size: UInt64 = 0
    /// Whether the last entry is one after which a node must end.
    private(set) var endsByCut = false
    /// Bytes of all entries.
    private(set) var bodyLength = 0
    /// Bytes of the first entry.
    private(set) var firstEntryLength = 0

    private let bodyStart: Int

    init(bodyStart: Int) {
        self.bodyStart = bodyStart
    }

    /// Takes an entry that ends at `end`; `keyHash` is asked only where the rule looks at it.
    mutating func add(
        end: Int, size: UInt64, entryCount: UInt64, damaged: (String) -> TenonError, keyHash: () -> Digest
    ) throws {
        if endsByCut { throw damaged("it goes on after the entry that must end it") }
        let (entries, entriesOverflow) = self.entryCount.addingReportingOverflow(entryCount)
        let (sum, sumOverflow) = self.size.addingReportingOverflow(size)
        guard !entriesOverflow, !sumOverflow, entries <= UInt64(Int64.max), sum <= UInt64(Int64.max) else {
            throw damaged("its sizes add up to more than 2^63 − 1")
        }
        if bodyLength == 0 { firstEntryLength = end - bodyStart }
        self.entryCount = entries
        self.size = sum
        bodyLength = end - bodyStart
        endsByCut = bodyLength >= NodeFormat.minimumBodyLength && NodeFormat.isCut(keyHash())
    }

    /// Whether the node had to end before `next`, the following one of its level.
    func mayPrecede(_ next: NodeShape) -> Bool {
        endsByCut || bodyLength + next.firstEntryLength > NodeFormat.maximumBodyLength
    }
}
