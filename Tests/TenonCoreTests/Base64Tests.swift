import Testing

@testable import TenonCore

struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: zip(["", "f", "fo", "foo", "foob", "fooba", "foobar"], ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]))
    func `bytes and text`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
    }

    @Test func `every byte comes back`() {
        let bytes = (0...255).map { UInt8($0) }
        for length in 0...256 { #expect(Base64.decode(Base64.encode(Array(bytes.prefix(length))).utf8) == Array(bytes.prefix(length))) }
    }

    @Test(arguments: ["A", "AA", "AAA", "A===", "====", "AB==", "AAB=", "AA=A", "AA ==", "Zm9v\n", "Zm9-"])
    func `any other text is refused`(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }
}
