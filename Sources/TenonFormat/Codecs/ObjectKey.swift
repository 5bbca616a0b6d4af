import TenonCore

/// What an object is looked up by: its type and its id, so that no node is ever taken for data with the same bytes.
package struct ObjectKey: Hashable, Sendable {
    package let type: BlockType
    package let id: Digest

    package init(type: BlockType, id: Digest) {
        self.type = type
        self.id = id
    }
}

extension ObjectKey: Comparable {
    /// By type, then by the bytes of the id.
    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        left.type == right.type ? left.id < right.id : left.type < right.type
    }
}
