import Testing

@testable import TenonEngine

/// The values are those of dvc_data.hashfile.hash.file_md5, of DVC 3.67.
struct DVCHasherTests {
    private func hasher(_ bytes: [UInt8], isLegacy: Bool) -> DVCHasher {
        var hasher = DVCHasher(isLegacy: isLegacy)
        for start in stride(from: 0, to: bytes.count, by: DVCHasher.blockLength) {
            bytes[start..<min(start + DVCHasher.blockLength, bytes.count)].withUnsafeBytes { hasher.update(block: $0) }
        }
        return hasher
    }

    private func matches(_ bytes: [UInt8], _ hex: String, isLegacy: Bool) throws -> Bool {
        hasher(bytes, isLegacy: isLegacy).matches(try #require(DVCDigest(hex: hex, isLegacy: isLegacy)))
    }

    @Test func `nothing has the digest of nothing`() throws {
        for isLegacy in [false, true] { #expect(try matches([], "d41d8cd98f00b204e9800998ecf8427e", isLegacy: isLegacy)) }
    }

    @Test func `carriage returns of text count only for DVC 3`() throws {
        let dos = Array("a\r\nb\r\n".utf8)
        #expect(try matches(dos, "59b0d7772f0561efb95518f3cb8abc60", isLegacy: false))
        #expect(try matches(dos, "dd8c6a395b5dd36c56d23275028f526c", isLegacy: true))
        #expect(try !matches(dos, "dd8c6a395b5dd36c56d23275028f526c", isLegacy: false))
    }

    @Test func `what is no text keeps them`() throws {
        let binary = [0] + Array("a\r\nb\r\n".utf8)
        #expect(try matches(binary, "1336478d095a693e514198c06812ee2f", isLegacy: true))
    }

    @Test func `a pair that lies across two blocks stays`() throws {
        let text = Array(repeating: UInt8(ascii: "x"), count: DVCHasher.blockLength - 1) + Array("\r\ny\r\n".utf8)
        #expect(try matches(text, "e1825541a28894307881fc219afcc49f", isLegacy: true))
    }

    @Test func `digests are 32 lowercase digits`() {
        for hex in [
            "", "d41d8cd98f00b204e9800998ecf8427", "D41D8CD98F00B204E9800998ECF8427E", "../8cd98f00b204e9800998ecf8427e01",
            "d41d8cd98f00b204e9800998ecf8427e0",
        ] {
            #expect(DVCDigest(hex: hex, isLegacy: false) == nil)
        }
    }
}
