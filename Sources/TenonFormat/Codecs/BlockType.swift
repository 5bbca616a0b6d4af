/// What the objects of a block are; one byte in a pack and half of every object's key.
///
/// Values that this version does not name are kept and copied, never refused and never dropped.
package struct BlockType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Chunks of files.
    package static let data = BlockType(rawValue: 1)
    /// Nodes of manifests.
    package static let node = BlockType(rawValue: 2)
    /// How files are made of chunks.
    package static let recipe = BlockType(rawValue: 3)
    /// Run records.
    package static let run = BlockType(rawValue: 4)
    /// Snapshot records.
    package static let snapshot = BlockType(rawValue: 5)
    /// Work-tree states that a checkout saved.
    package static let savedState = BlockType(rawValue: 6)

    /// Whether this version knows what the objects mean.
    package var isKnown: Bool { (1...6).contains(rawValue) }
}

extension BlockType: Comparable {
    package static func < (left: BlockType, right: BlockType) -> Bool { left.rawValue < right.rawValue }
}
