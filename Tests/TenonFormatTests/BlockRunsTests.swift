import TenonCore
import TenonFormat
import Testing

/// Runs of blocks, and locators that follow blocks into another pack.
struct BlockRunsTests {
    @Test func `Runs are put in order and joined`() {
        #expect(BlockRuns([5..<7, 0..<2, 2..<3, 6..<9, 4..<4]).runs == [0..<3, 5..<9])
        #expect(BlockRuns(blocks: [3, 1, 2, 3, 7]).runs == [1..<4, 7..<8])
        var runs = BlockRuns()
        #expect(runs.count == 0 && runs.end == 0 && runs.blocks.isEmpty)
        runs.formUnion(BlockRuns([2..<4]))
        runs.formUnion(BlockRuns([3..<5, 9..<10]))
        #expect(runs.runs == [2..<5, 9..<10] && runs.count == 4 && runs.end == 10 && runs.blocks == [2, 3, 4, 9])
    }

    @Test func `Blocks keep their order where the others are left out`() {
        let kept = BlockRuns([2..<5, 9..<10, 20..<30])
        #expect(kept.positions(of: BlockRuns([2..<5]))?.runs == [0..<3])
        #expect(kept.positions(of: BlockRuns([4..<5, 9..<10, 22..<23]))?.runs == [2..<4, 6..<7])
        #expect(kept.positions(of: BlockRuns([4..<6])) == nil)
        #expect(kept.positions(of: BlockRuns([0..<1])) == nil)
        #expect(kept.positions(of: BlockRuns([30..<31])) == nil)
        #expect(kept.positions(of: BlockRuns())?.runs == [])
        // Against the plain way.
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let all = (0..<40).filter { _ in Bool.random(using: &random) }
            let some = all.filter { _ in Bool.random(using: &random) }
            let places = some.compactMap { all.firstIndex(of: $0) }
            #expect(BlockRuns(blocks: all).positions(of: BlockRuns(blocks: some)) == BlockRuns(blocks: places))
        }
    }

    @Test func `A locator follows its blocks, or none of them`() throws {
        func pack(_ number: UInt8) -> RemoteIndex.Pack { RemoteIndex.Pack(id: PackID(SHA256Hasher.hash([number])), length: 1000 + UInt64(number)) }
        let subject = Locator.Subject(kind: .tree, id: SHA256Hasher.hash([9]))
        let locator = Locator(
            subject: subject, parts: [Locator.Part(pack: pack(1), blocks: [3, 4, 8]), Locator.Part(pack: pack(2), blocks: [0])])
        let move = Locator.Move(to: pack(3), blocks: BlockRuns([3..<5, 7..<9]))
        let moved = try #require(locator.moved([pack(1).id: move]))
        let parts = [Locator.Part(pack: pack(3), blocks: [0, 1, 3]), Locator.Part(pack: pack(2), blocks: [0])]
        #expect(moved == Locator(subject: subject, parts: parts))
        #expect(try Locator(parsing: moved.bytes) == moved)
        #expect(moved.moved([pack(1).id: move]) == moved)
        // Both into one pack that it names already.
        let both = locator.moved([pack(1).id: Locator.Move(to: pack(2), blocks: BlockRuns([3..<9]))])
        #expect(both == Locator(subject: subject, parts: [Locator.Part(pack: pack(2), blocks: [0, 1, 5])]))
        #expect(locator.moved([pack(1).id: Locator.Move(to: pack(3), blocks: BlockRuns([3..<5]))]) == nil)
    }
}
