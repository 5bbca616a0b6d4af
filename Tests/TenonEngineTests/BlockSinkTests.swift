import Synchronization
import Testing

@testable import TenonEngine

/// How what a remote sends is cut into blocks as it comes.
struct BlockSinkTests {
    @Test(arguments: [1, 2, 3, 5, 7, 11, 100])
    func piecesOfAnyLengthGiveTheSameBlocks(pieceLength: Int) async throws {
        // Side by side, with a gap, of one byte.
        let spans: [Range<UInt64>] = [100..<110, 110..<111, 115..<140, 141..<142, 142..<150]
        let bytes = (0..<50).map { UInt8($0) }
        let delivered = Mutex<[(Int, [UInt8])]>([])
        let sink = BlockSink(spans) { place, block in delivered.withLock { $0.append((place, block)) } }
        var rest = bytes[...]
        var come = 0
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieceLength))
            rest = rest.dropFirst(pieceLength)
            come += piece.count
            try await sink.write(piece)
            // Each is there as soon as its last byte is.
            #expect(delivered.withLock { $0.count } == spans.count { $0.upperBound <= 100 + UInt64(come) })
        }
        let found = delivered.withLock { $0 }
        #expect(found.map(\.0) == Array(spans.indices))
        #expect(found.map(\.1) == spans.map { Array(bytes[Int($0.lowerBound - 100)..<Int($0.upperBound - 100)]) })
    }

    @Test func bytesBehindTheLastBlockAreLeftOut() async throws {
        let delivered = Mutex<[[UInt8]]>([])
        let sink = BlockSink([0..<2]) { _, block in delivered.withLock { $0.append(block) } }
        try await sink.write([1, 2, 3])
        try await sink.write([4])
        #expect(delivered.withLock { $0 } == [[1, 2]])
    }

    @Test func whatTheReceiverThrowsEndsTheRead() async throws {
        struct Refusal: Error {}
        let sink = BlockSink([0..<2, 2..<4]) { _, _ in throw Refusal() }
        try await sink.write([1])
        await #expect(throws: Refusal.self) { try await sink.write([2, 3]) }
    }
}
