import TenonCore
import TenonRemote
import Testing

@Suite("Names of objects")
struct ObjectNameTests {
    @Test(
        "Good names",
        arguments: ["a", "tenon", "packs/0a/0a1b.pack", "snapshots/ff/file-ff0.locator", "1/2/3", "a_b-c.d", String(repeating: "a", count: 128)])
    func good(_ text: String) throws {
        #expect(try ObjectName(text).text == text)
        let name = try ObjectName(text)
        for length in 0...text.utf8.count {
            let prefix = try ObjectPrefix(String(text.prefix(length)))
            #expect(prefix.matches(name))
        }
    }

    @Test(
        "Bad names",
        arguments: [
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/..", "./a", "a/.", ".hidden", "a/.b", "-a", "a/-b", "_a", "A", "aB", "a b",
            "a\\b",
            "a\0b", "a\nb", "a%2fb", "ä", "a:b", "a*", "a?", "a#b", "a\u{1b}[0m", String(repeating: "a", count: 129),
            String(repeating: "a/", count: 300) + "a",
        ])
    func bad(_ text: String) {
        #expect(throws: TenonError.self) { try ObjectName(text) }
    }

    @Test("Bad prefixes", arguments: ["/", "..", "a/..", "a//", ".", "a/.", "-", "A", "a\n"])
    func badPrefixes(_ text: String) {
        #expect(throws: TenonError.self) { try ObjectPrefix(text) }
    }

    @Test("Random bytes give a name that stays inside, or none")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let pieces = ["a", "z9", "/", ".", "..", "-", "_", "\0", "\n", "é", "%", " ", "A"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            guard let name = try? ObjectName(text) else { continue }
            #expect(name.components.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.hasPrefix("-") && !$0.hasPrefix(".") })
        }
    }

    @Test("Tags are visible ASCII")
    func tags() {
        #expect(ObjectTag("\"0123\"") != nil)
        for text in ["", "a b", "a\r\nb", "é", String(repeating: "a", count: 257)] { #expect(ObjectTag(text) == nil) }
    }
}
