import Logging
import TenonCore
import TenonFormat
import Testing

@testable import TenonStore

@Suite struct ChunkIndexTests {
    private let directory = "/tmp/tenon-index-test-\(randomName())"

    /// An id as a hash would give it.
    private func id(_ number: Int) -> Digest {
        SHA256Hasher.hash(withUnsafeBytes(of: number) { Array($0) })
    }

    private func pack(_ number: Int) -> PackID { PackID(id(-1 - number)) }

    /// A segment in memory with objects `numbers` of types data and node.
    private func segment(_ packNumber: Int, _ numbers: Range<Int>) throws -> IndexSegment {
        var builder = PackBuilder(nonce: Array(repeating: 1, count: 16))
        for number in numbers {
            let type: BlockType = number % 5 == 0 ? .node : .data
            let chunk = BlockChunk(id: id(number), length: 3)
            _ = try builder.append(EncodedBlock(type: type, codec: .stored, parameters: [], rawLength: 3, chunks: [chunk], payload: [1, 2, 3]))
        }
        return try IndexSegment.inMemory(pack(packNumber), footer: builder.finish().footer)
    }

    private func key(_ number: Int) -> ObjectKey { ObjectKey(type: number % 5 == 0 ? .node : .data, id: id(number)) }

    @Test func everyObjectIsFoundAndNoOther() throws {
        let segment = try segment(0, 0..<5000)
        let view = IndexView(segments: [segment], numbers: [pack(0): 7], damaged: [])
        for number in 0..<5000 {
            let location = view.location(of: key(number))
            #expect(location == ObjectLocation(pack: 7, block: UInt32(number), offset: 0, length: 3))
        }
        for number in 5000..<20000 { #expect(view.location(of: key(number)) == nil) }
        #expect(view.location(of: ObjectKey(type: .node, id: id(1))) == nil)
    }

    @Test func theFilterAnswersForNearlyAllAbsentIDs() {
        var words = [UInt64](repeating: 0, count: 8 * IndexFilter.lineCount(for: 10_000))
        for number in 0..<10_000 { IndexFilter.insert(key(number), into: &words) }
        let passed = words.withUnsafeBufferPointer { words in
            for number in 0..<10_000 { #expect(IndexFilter.mayContain(key(number), in: words)) }
            return (10_000..<110_000).filter { IndexFilter.mayContain(key($0), in: words) }.count
        }
        #expect(passed < 2000)
    }

    @Test func anUnlistedPackAndADamagedBlockDoNotCount() throws {
        let segments = [try segment(0, 0..<10), try segment(1, 5..<15)]
        let damaged: Set<UInt64> = [BlockAddress(pack: 1, block: 6).packed]
        let view = IndexView(segments: segments, numbers: [pack(0): 1, pack(1): 2], damaged: damaged)
        #expect(view.location(of: key(6))?.pack == 2)
        #expect(view.locations(of: key(6), includingDamaged: true).map(\.pack) == [2, 1])
        let without = IndexView(segments: segments, numbers: [pack(0): 1], damaged: damaged)
        #expect(without.location(of: key(6)) == nil)
        #expect(without.location(of: key(12)) == nil)
        #expect(without.location(of: key(7))?.pack == 1)
    }

    @Test func mergedFilesHoldWhatTheirPartsHeld() throws {
        let fileSystem = FileSystem()
        try fileSystem.makeDirectory(directory)
        defer { removeTree(directory) }
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let index = ChunkIndex(directory: directory, fileSystem: fileSystem, log: log)
        _ = try index.load()
        for number in 0..<40 {
            index.add([(pack(number), UInt32(number + 1))], segments: [try segment(number, number * 100..<number * 100 + 130)])
        }
        index.close()
        let again = ChunkIndex(directory: directory, fileSystem: fileSystem, log: log)
        let covered = try again.load()
        #expect(covered == Set((0..<40).map(pack)))
        again.set(numbers: Dictionary(uniqueKeysWithValues: (0..<40).map { (pack($0), UInt32($0 + 1)) }), damaged: [])
        for view in [index.view, again.view] {
            for number in 0..<4030 { #expect(view.location(of: key(number)) != nil) }
            for number in 4030..<8000 { #expect(view.location(of: key(number)) == nil) }
            #expect(view.locations(of: key(110), includingDamaged: false).count == 2)
            #expect(view.parts.count < 10)
        }
    }

    @Test func anyFlippedByteOfAFileIsNoticed() throws {
        let fileSystem = FileSystem()
        try fileSystem.makeDirectory(directory)
        defer { removeTree(directory) }
        let path = directory + "/x.index"
        _ = try SegmentMerger(segments: [try segment(0, 0..<40)], isListed: { _ in true })
            .write(to: path + ".tmp", finalPath: path, fileSystem: fileSystem)
        let good = try #require(try fileSystem.contents(of: path, limit: 1 << 20))
        for place in good.indices {
            var bad = good
            bad[place] ^= 0x10
            let segment = try? IndexSegment(memory: SegmentMemory(copying: bad), path: nil)
            #expect(segment == nil || segment?.verify() == false, "byte \(place)")
            // Not even unchecked does it lead outside.
            if let segment { _ = segment.find(key(3)) { _ in false } }
        }
    }
}
