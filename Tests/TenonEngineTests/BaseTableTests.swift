import TenonCore
import TenonFormat
import Testing

@testable import TenonEngine

struct BaseTableTests {
    private let old = Pointer.file(oid: OID(Digest(words: (1, 2, 3, 4))), size: 5, executable: true)
    private let new = Pointer.tree(oid: OID(Digest(words: (5, 6, 7, 8))), size: 9, files: 2, manifest: NodeID(Digest(words: (1, 1, 1, 1))))

    private func example() throws -> BaseTable {
        var table = BaseTable()
        table[try RelativePath("data/train")] = .settled(new)
        table[try RelativePath(bytes: [0x66, 0xFF, 0x20])] = .moving(from: old, to: new)
        table[try RelativePath("gone")] = .moving(from: old, to: nil)
        table[try RelativePath("came")] = .moving(from: nil, to: old)
        table[try RelativePath("fresh")] = .written(new, boot: try #require(BootID("0-af".utf8)))
        return table
    }

    @Test func `What is written is read again, names in any encoding included`() throws {
        let table = try example()
        #expect(try BaseTable(parsing: table.bytes) == table)
        #expect(try BaseTable(parsing: BaseTable().bytes) == BaseTable())
    }

    @Test func `What another boot wrote and did not settle is moving`() throws {
        let (this, other) = (try #require(BootID("1".utf8)), try #require(BootID("2".utf8)))
        var table = BaseTable()
        let (here, there) = (try RelativePath("here"), try RelativePath("there"))
        table[here] = .written(new, boot: this)
        table[there] = .written(old, boot: other)
        table.doubtBases(before: this)
        #expect(table[here] == .written(new, boot: this))
        #expect(table[there] == .moving(from: old, to: old))
    }

    @Test(arguments: ["", "G", "a b", "a\n", String(repeating: "a", count: 65)]) func `Other text is no boot`(text: String) {
        #expect(BootID(text.utf8) == nil)
        #expect(BootID(BootID.current.text.utf8) == BootID.current)
    }

    @Test func `No byte can change, appear or disappear unnoticed`() throws {
        let bytes = try example().bytes
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 1
            #expect(throws: TenonError.self) { try BaseTable(parsing: damaged) }
            #expect(throws: TenonError.self) { try BaseTable(parsing: Array(bytes[..<position])) }
        }
        #expect(throws: TenonError.self) { try BaseTable(parsing: bytes + [0x0A]) }
    }

    @Test func `A table of a newer version is refused as such`() {
        #expect { try BaseTable(parsing: Array("tenon base 2\n".utf8)) } throws: { ($0 as? TenonError)?.code == .unsupportedVersion }
    }
}
