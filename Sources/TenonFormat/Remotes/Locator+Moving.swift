import TenonCore

extension Locator {
    /// Blocks of a pack that lie in another one now, in their order.
    package struct Move: Sendable {
        package let pack: RemoteIndex.Pack
        /// In the pack that they come from.
        package let blocks: BlockRuns

        package init(to pack: RemoteIndex.Pack, blocks: BlockRuns) {
            self.pack = pack
            self.blocks = blocks
        }
    }

    /// The same snapshot after `moves`, each out of the pack that it stands under; `nil` if the snapshot needs a block that was not moved.
    package func moved(_ moves: [PackID: Move]) -> Locator? {
        var blocks: [RemoteIndex.Pack: BlockRuns] = [:]
        for part in parts {
            let runs = BlockRuns(part.runs)
            if let move = moves[part.pack.id] {
                guard let moved = move.blocks.positions(of: runs) else { return nil }
                blocks[move.pack, default: BlockRuns()].formUnion(moved)
            } else {
                blocks[part.pack, default: BlockRuns()].formUnion(runs)
            }
        }
        return Locator(subject: subject, parts: blocks.map { Part(pack: $0, blocks: $1) })
    }
}
