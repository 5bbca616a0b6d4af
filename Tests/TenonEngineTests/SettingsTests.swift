import TenonCore
import TenonFormat
import Testing

@testable import TenonEngine

struct SettingsTests {
    private func parse(_ text: String) throws -> Settings {
        try SettingsParser.parse(Array(text.utf8))
    }

    @Test func `What init writes says what the defaults are`() throws {
        #expect(try parse(Settings.template) == Settings())
        #expect(try parse("") == Settings())
        #expect(try parse("# only a comment\n") == Settings())
    }

    @Test func `Known keys are read and unknown ones are named`() throws {
        let settings = try parse(
            """
            version: 1
            remotes: { default: origin }
            store: { compression: zlib, colour: red }
            policy:
              on-modified: snapshot
              max-git-file: 2 MiB
              large-ok: [ "docs/*.pdf" ]
            stages:
              train:
                cmd: |
                  python a.py \\
                  && python b.py
            flavour: 3
            """)
        #expect(settings.compression == .zlib)
        #expect(settings.largestGitFile == 2 << 20)
        #expect(settings.largeAllowed == ["docs/*.pdf"])
        #expect(settings.unknownKeys == ["store.colour", "flavour"])
    }

    @Test(arguments: ["10 MiB", "10MiB", "10 mib"]) func `Sizes are read as people write them`(text: String) {
        #expect(SettingsParser.byteCount(text) == 10 << 20)
    }

    @Test(arguments: ["", "MiB", "-1", "1.5 MiB", "10 parsecs", "99999999999999 TiB"]) func `Other sizes are refused`(text: String) {
        #expect(SettingsParser.byteCount(text) == nil)
    }

    @Test func `A newer version is refused as such`() {
        #expect { try parse("version: 2\n") } throws: { ($0 as? TenonError)?.code == .unsupportedVersion }
    }

    @Test func `Text that would eat memory or stack never reaches the parser`() {
        let laughs = "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n"
        let brackets = String(repeating: "[", count: 50_000)
        let dashes = String(repeating: "- ", count: 50_000)
        for text in [laughs, brackets, dashes, "a: [", "- list", "store: 3", "store: { compression: best }", "\u{0}"] {
            #expect { try parse(text) } throws: { ($0 as? TenonError)?.code == .invalidArgument }
        }
    }

    @Test func `A long rule in a comment is no nesting`() throws {
        #expect(try parse("# " + String(repeating: "-", count: 300) + "\nversion: 1\n") == Settings())
    }

    @Test func `Globs match paths and can't be made slow`() {
        #expect(Glob("docs/*.pdf").matches(Array("docs/a.pdf".utf8)))
        #expect(!Glob("docs/*.pdf").matches(Array("docs/a/b.pdf".utf8)))
        #expect(Glob("docs/**/*.pdf").matches(Array("docs/a/b.pdf".utf8)))
        #expect(Glob("docs/**/*.pdf").matches(Array("docs/b.pdf".utf8)))
        #expect(Glob("**").matches(Array("a/b/c".utf8)))
        #expect(!Glob("a?c").matches(Array("a/c".utf8)))
        #expect(!Glob(String(repeating: "*a", count: 200)).matches([UInt8](repeating: 0x61, count: 150)))
    }
}
