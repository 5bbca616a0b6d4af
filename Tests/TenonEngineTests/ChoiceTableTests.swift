import TenonCore
import TenonFormat
import TenonGit
import Testing

@testable import TenonEngine

struct ChoiceTableTests {
    private func table() throws -> ChoiceTable {
        let blobs = try (1...3).map { try #require(GitObjectID(hex: String(repeating: "\($0)", count: 40))) }
        var table = ChoiceTable()
        table.artifacts[try RelativePath("data/a b")] = ChoiceTable.Choices(
            stages: [1: blobs[0], 2: blobs[1], 3: blobs[2]], operation: "MERGE_HEAD:1.2 AUTO_MERGE:1.3",
            sides: [Array("x y".utf8)[...]: .ours, [0xFF, 0x20]: .theirs])
        table.artifacts[try RelativePath(bytes: [0xFE])] = ChoiceTable.Choices(
            stages: [2: blobs[1], 3: blobs[2]], sides: [Array("z".utf8)[...]: .theirs])
        return table
    }

    @Test func `Choices come back as they were written, whatever the paths`() throws {
        let table = try table()
        #expect(ChoiceTable(parsing: table.bytes) == table)
        #expect(ChoiceTable(parsing: ChoiceTable().bytes) == ChoiceTable())
    }

    @Test func `A table that is cut short or changed anywhere counts as none`() throws {
        let bytes = try table().bytes
        for length in bytes.indices { #expect(ChoiceTable(parsing: Array(bytes[..<length])) == nil) }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1
            #expect(ChoiceTable(parsing: damaged) == nil)
        }
    }
}
