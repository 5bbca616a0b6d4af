import TenonCore
import Testing

@Suite struct DigestTests {
    let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test func readsAndWritesLowercaseHexadecimal() throws {
        let digest = try #require(Digest(hex: hex))
        #expect(digest.hex == hex)
        #expect(digest.bytes.first == 0xe3)
        #expect(digest.bytes.last == 0x55)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(digest.bytes.withUnsafeBytes { Digest(loading: $0) } == digest)
    }

    @Test(arguments: ["", "e3", String(repeating: "g", count: 64), String(repeating: "A", count: 64), String(repeating: "0", count: 65)])
    func refusesAnythingElse(_ text: String) {
        #expect(Digest(hex: text) == nil)
    }

    @Test func isOrderedAsItsBytes() throws {
        let low = try #require(Digest(hex: "00" + hex.dropFirst(2)))
        let high = try #require(Digest(hex: "ff" + hex.dropFirst(2)))
        #expect(low < high)
        #expect(!(high < low))
    }

    @Test func anIdentifierNamesItsAlgorithm() throws {
        let oid = try #require(OID(text: "sha256:" + hex))
        #expect(oid.description == "sha256:" + hex)
        #expect(OID(text: hex) == nil)
        #expect(OID(text: "sha1:" + hex) == nil)
    }
}
