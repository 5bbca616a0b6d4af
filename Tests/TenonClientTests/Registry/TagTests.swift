import TenonAPI
import TenonCore
import Testing

@testable import TenonClient

/// Names and texts of the tags of the registry, as anybody may write them.
struct TagTests {
    @Test(arguments: [
        ("refs/tags/model/a/v1", "model/a/v1"), ("refs/tags/model/stage/v12", "model/stage/v12"),
        ("refs/tags/model/a.b_c-1/stage/production/7", "model/a.b_c-1/stage/production/7"),
    ])
    func `names are read and written`(reference: String, name: String) throws {
        let tag = try #require(ModelTag(reference: reference))
        #expect(tag.name == name)
        #expect(tag.reference == reference)
    }

    @Test(arguments: [
        "refs/heads/model/a/v1", "refs/tags/model/a", "refs/tags/model/a/v", "refs/tags/model/a/v0", "refs/tags/model/a/v01", "refs/tags/model/a/v-1",
        "refs/tags/model/a/v1234567890", "refs/tags/model/a/1", "refs/tags/model/a/stage/p", "refs/tags/model/a/stage/p/v1",
        "refs/tags/model/a/b/p/1",
        "refs/tags/model//v1", "refs/tags/model/.a/v1", "refs/tags/model/ä/v1", "refs/tags/model/a..b/v1", "refs/tags/model/a/v1/x",
    ])
    func `other names are none`(reference: String) {
        #expect(ModelTag(reference: reference) == nil)
    }

    private func trailers(_ message: String) throws -> TagTrailers { try TagTrailers(parsing: Array(message.utf8)) }

    @Test func `only the last paragraph counts`() throws {
        let found = try trailers("Subject\n\nTenon-Version: 9\n\nTenon-Model: m\nother line\nTenon-Version: 1\n\n\n")
        #expect(found["Version"] == "1")
        #expect(found["Model"] == "m")
        #expect(found.values.count == 2)
        #expect(try trailers("")["Model"] == nil)
    }

    @Test func `a key that is there twice, and too many lines, are refused`() {
        #expect(throws: TenonError.self) { try trailers("x\n\nTenon-A: 1\nTenon-A: 1\n") }
        #expect(throws: TenonError.self) { try trailers(String(repeating: "line\n", count: 100)) }
        #expect(throws: TenonError.self) { try TagTrailers(parsing: [0x54, 0xFF]) }
    }

    @Test(arguments: ["plain/path.bin", " edge ", "a%b", "tab\tb", "ä/ö"])
    func `paths come back as they were`(text: String) throws {
        let path = try RelativePath(text)
        let line = TagTrailers([("Path", TagTrailers.escaped(path.bytes))]).text
        #expect(!line.dropLast().contains("\n"))
        #expect(try trailers("s\n\n" + line).path("Path") == path)
        let odd = try RelativePath(bytes: [0xFF, 0x25, 0xC3, 0xA4])
        #expect(try trailers("s\n\n" + TagTrailers([("Path", TagTrailers.escaped(odd.bytes))]).text).path("Path") == odd)
    }

    private func tag(_ message: String, headers: String = "object 1\ntype commit\ntag model/a/v1\ntagger A B <a@b> 1700000000 -0530\n") throws
        -> TagObject
    {
        try TagObject(parsing: Array((headers + "\n" + message).utf8))
    }

    @Test func `the signature begins where Git has it begin: at the last line that can begin one`() throws {
        let forged = "s\n\nTenon-Version: 1\n-----BEGIN PGP SIGNATURE-----\nx\n\nTenon-Version: 2\n-----BEGIN SSH SIGNATURE-----\ny\n"
        let found = try tag(forged)
        #expect(found.signature == .ssh)
        #expect(String(decoding: found.message, as: UTF8.self).hasSuffix("Tenon-Version: 2\n"))
        #expect(try tag("s\n").signature == nil)
        #expect((found.tagger, found.email, found.time, found.offset) == ("A B", "a@b", 1_700_000_000, -330))
    }

    @Test(arguments: [
        "", "object 1\n", "object 1\nobject 2\ntype commit\ntag t\ntagger A <a> 1 +0000\n", "object 1\ntype commit\ntag t\ntagger A <a> x +0000\n",
        "object 1\ntype commit\ntag t\ntagger A <a> 1 +99999\n", "object 1\ntype commit\ntag t\ntagger A\n", "nonsense\n",
    ])
    func `what is no tag is refused`(headers: String) {
        #expect(throws: TenonError.self) { try tag("m\n", headers: headers) }
    }

    @Test("a message that Git would take for a signature is refused, however its lines end")
    func text() {
        for text in ["-----BEGIN SSH SIGNATURE-----", "a\n-----BEGIN PGP MESSAGE-----\n", "a\r\n-----BEGIN SSH SIGNATURE-----", "a\0b"] {
            #expect(throws: TenonError.self) { try TagWriter.check(text) }
        }
        #expect(throws: Never.self) { try TagWriter.check("a\r\nb ----BEGIN SSH SIGNATURE-----") }
    }
}
