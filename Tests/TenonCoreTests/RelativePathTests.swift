import TenonCore
import Testing

@Suite struct RelativePathTests {
    @Test(arguments: ["a", "a/b", "données/é", ".gitignore", ".github/x", "git~2", "a b", "con", "..a", "a\tb", "-n", "\\"])
    func takes(_ path: String) throws {
        #expect(try RelativePath(path).string == path)
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/..", "../a", "a/../b", "a\nb", "a\0b", ".git", "a/.GIT/config", "git~1", "GIT~1", ".git ",
        ".git.",
        ".git::$INDEX_ALLOCATION", ".g\u{200c}it", "\u{FEFF}.git", ".git . .",
    ])
    func refuses(_ path: String) {
        #expect(throws: TenonError.self) { try RelativePath(path) }
    }

    @Test func refusesWhatIsTooLong() {
        #expect(throws: TenonError.self) { try RelativePath(String(repeating: "a", count: 256)) }
        #expect(throws: TenonError.self) { try RelativePath(Array(repeating: "a", count: 2049).joined(separator: "/")) }
        #expect((try? RelativePath(String(repeating: "a", count: 255))) != nil)
    }

    @Test func keepsBytesThatAreNotText() throws {
        let path = try RelativePath(bytes: [0x61, 0xFF, 0x62])
        #expect(path.string == nil)
        #expect(path.description == "a\\xffb")
    }

    @Test func knowsWhatLiesWithin() throws {
        let data = try RelativePath("data")
        #expect(try RelativePath("data/a/b").relative(to: data) == RelativePath("a/b"))
        #expect(try RelativePath("data").relative(to: data) == nil)
        #expect(try RelativePath("database").isWithin(data) == false)
        #expect(try RelativePath("data/a").parent == data)
        #expect(data.parent == nil)
    }

    @Test func showsNoControlCharacters() {
        #expect(displayName(Array("a\u{1b}[31mb".utf8)) == "a\\x1b[31mb")
        #expect(displayName(Array("é\n".utf8)) == "é\\x0a")
        #expect(displayName(Array("\u{202e}x".utf8)).hasPrefix("\\x"))
    }
}
