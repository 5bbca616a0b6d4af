import TenonFormat

/// Where an object lies: a pack, a block in it, and a place in the block once that is decoded.
///
/// A location is good until its pack is removed or its block found damaged; it is never written down.
package struct ObjectLocation: Hashable, Sendable {
    /// The pack's number in the catalog of this store.
    package let pack: UInt32
    /// The block's place in the pack's footer.
    package let block: UInt32
    /// Offset in the decoded block.
    package let offset: UInt32
    /// Bytes of the object.
    package let length: UInt32

    package init(pack: UInt32, block: UInt32, offset: UInt32, length: UInt32) {
        self.pack = pack
        self.block = block
        self.offset = offset
        self.length = length
    }

    /// The block that holds the object: what is decoded, cached and marked damaged as one.
    package var address: BlockAddress { BlockAddress(pack: pack, block: block) }
}

/// One block of one pack. Ordered as blocks lie on disk, pack after pack.
package struct BlockAddress: Hashable, Comparable, Sendable {
    package let pack: UInt32
    package let block: UInt32

    package init(pack: UInt32, block: UInt32) {
        self.pack = pack
        self.block = block
    }

    package static func < (left: BlockAddress, right: BlockAddress) -> Bool {
        left.packed < right.packed
    }

    /// Both numbers in one word.
    var packed: UInt64 { UInt64(pack) << 32 | UInt64(block) }
}
