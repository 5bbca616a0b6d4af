import TenonCore
import TenonFormat
import Testing

@testable import TenonEngine

struct SettingsTests {
    private func parse(_ text: String) throws -> Settings {
        try SettingsParser.parse(Array(text.utf8))
    }

    /// What a person would read about `text`.
    private func complaint(_ text: String) -> String {
        do {
            _ = try parse(text)
            return "none"
        } catch let error as TenonError {
            return error.description
        } catch {
            return "another error"
        }
    }

    @Test func `What init writes says what the defaults are`() throws {
        #expect(try parse(Settings.template) == Settings())
        let uncommented = Settings.template.split(separator: "\n").dropFirst().map { $0.replacing("# ", with: "", maxReplacements: 1) }
        #expect(try parse(uncommented.joined(separator: "\n")) == Settings())
        #expect(try parse("") == Settings())
        #expect(try parse("# only a comment\n") == Settings())
        #expect(try parse("policy:\nstore:\n") == Settings())
    }

    @Test func `Every key is read`() throws {
        let settings = try parse(
            """
            version: 1
            remotes:
              default: origin
              origin: { url: "s3://team-data/vision", region: eu-central-1 }
            store: { compression: zlib }
            policy:
              on-modified: block
              max-git-file: 2 MiB
              large-ok: [ "docs/*.pdf" ]
              lineage: [ "models/**" ]
              validated: [ "models/best.*" ]
              metrics: { "models/best.safetensors": "accuracy >= 0.90" }
              strict: true
              require-remote: false
              push: background
              fetch-on-checkout: 0
            stages:
              train:
                cmd: |
                  python a.py \\
                  && python b.py
                deps: [ train.py ]
            """)
        var expected = Settings()
        expected.compression = .zlib
        expected.defaultRemote = "origin"
        expected.remotes = ["origin": RemoteProposal(url: "s3://team-data/vision", region: "eu-central-1")]
        expected.policy.onModified = .block
        expected.policy.largestGitFile = 2 << 20
        expected.policy.largeAllowed = ["docs/*.pdf"]
        expected.policy.lineage = ["models/**"]
        expected.policy.validated = ["models/best.*"]
        expected.policy.metrics = try [#require(MetricRule(glob: "models/best.safetensors", text: "accuracy >= 0.90"))]
        expected.policy.strict = true
        expected.policy.requireRemote = .never
        expected.policy.push = .background
        expected.policy.fetchLimit = 0
        #expect(settings == expected)
    }

    @Test func `Unknown keys warn with their line and the nearest known key`() throws {
        let settings = try parse("policy:\n  strict: true\n  on-modifed: block\nstore: { colour: red }\nflavour: 3\n")
        #expect(
            settings.warnings == [
                "tenon.yaml:3: 'policy.on-modifed' is not known to this version and ignored; did you mean 'on-modified'?",
                "tenon.yaml:4: 'store.colour' is not known to this version and ignored",
                "tenon.yaml:5: 'flavour' is not known to this version and ignored",
            ])
        #expect(settings.policy.strict)
        #expect(settings.policy.onModified == .snapshot)
    }

    @Test(arguments: [
        ("policy:\n  on-modified: snapshoot\n", "tenon.yaml:2: 'policy.on-modified' is 'snapshoot': one of snapshot, block, warn"),
        ("policy:\n  on-modified:\n", "tenon.yaml:2: 'policy.on-modified' is empty: one of snapshot, block, warn"),
        ("policy:\n  strict: [ true ]\n", "tenon.yaml:2: 'policy.strict' is a list: true or false"),
        ("policy:\n  strict: maybe\n", "tenon.yaml:2: 'policy.strict' is 'maybe': true or false"),
        ("policy: strict\n", "tenon.yaml:1: 'policy' is 'strict': a mapping of keys and values"),
        ("policy:\n  max-git-file: 10 parsecs\n", "tenon.yaml:2: 'policy.max-git-file' is '10 parsecs': a size such as '10 MiB'"),
        ("policy:\n  large-ok: docs\n", "tenon.yaml:2: 'policy.large-ok' is 'docs': a list such as [ \"docs/*.pdf\" ]"),
        ("policy:\n  large-ok:\n    - docs/\n", "tenon.yaml:3: 'policy.large-ok' has 'docs/': a glob matches whole paths"),
        ("policy:\n  large-ok: [a, {b: c}]\n", "tenon.yaml:2: 'policy.large-ok[1]' is a mapping: a text"),
        (
            "policy:\n  lineage: [ /models ]\n",
            "tenon.yaml:2: 'policy.lineage' has '/models': paths are written from the top of the work tree, without '/' in front, '.' or '..'"
        ),
        ("policy:\n  metrics:\n    m: good\n", "tenon.yaml:3: 'policy.metrics.m' is 'good': a bound such as 'accuracy >= 0.90'"),
        ("policy:\n  require-remote: yes\n", "tenon.yaml:2: 'policy.require-remote' is 'yes': one of auto, true, false"),
        ("store:\n  compression: best\n", "tenon.yaml:2: 'store.compression' is 'best': one of auto, zstd, zlib, none"),
        ("remotes:\n  o: s3://b\n", "tenon.yaml:2: 'remotes.o' is 's3://b': a mapping such as { url: s3://bucket/prefix }"),
        ("remotes:\n  o: { region: x }\n", "tenon.yaml:2: 'remotes.o' has no 'url': it says where the remote is"),
        ("stages:\n  train: { deps: [ a ] }\n", "tenon.yaml:2: 'stages.train' has no 'cmd': a stage is a command"),
        ("stages:\n  train: { cmd: a, deps: a }\n", "tenon.yaml:2: 'stages.train.deps' is 'a': a list of texts"),
        ("- list\n", "tenon.yaml:1: the file is a list: a mapping such as 'version: 1'"),
        ("version: one\n", "tenon.yaml:1: 'version' is 'one': a whole number"),
        ("store: {}\nstore: {}\n", "tenon.yaml:1: 'store' is given twice: a key stands once"),
        ("policy:\n\tstrict: true\n", "tenon.yaml:2: it is not YAML: the line is indented with a tab"),
        ("policy:\n  large-ok: [ *.pdf ]\n", "tenon.yaml:2: it is not YAML: a text that begins with '*' must be in quotes"),
        ("policy:\n  lineage: [ *models ]\n", "tenon.yaml:2: it is not YAML: a text that begins with '*' must be in quotes"),
        ("version: 1\n---\nversion: 1\n", "tenon.yaml:2: it is not YAML: but found another document"),
        ("version: 2\npolicy: 3\n", "tenon.yaml:1: 'version' is 2: this Tenon reads version 1"),
    ]) func `A slip is named with line and key`(text: String, expected: String) {
        #expect(complaint(text) == expected)
        #expect(complaint("\u{FEFF}" + text.replacing("\n", with: "\r\n")) == expected, "with a byte order mark and CRLF")
    }

    @Test func `A slip of a word suggests the right one, and what is shown can't fool a terminal`() throws {
        #expect { try parse("policy: { on-modified: snapshoot }") } throws: { ($0 as? TenonError)?.hint == "did you mean 'snapshot'?" }
        let long = "\u{1B}[2J" + String(repeating: "x", count: 10_000)
        #expect(!complaint("policy: { on-modified: \"\\e[2J\(long.dropFirst(4))\" }").contains("\u{1B}"))
        #expect(complaint("policy: { on-modified: \(long.dropFirst(4)) }").utf8.count < 300)
    }

    @Test(arguments: ["10 MiB", "10MiB", "10 mib"]) func `Sizes are read as people write them`(text: String) {
        #expect(ByteCount.parse(text) == 10 << 20)
    }

    @Test(arguments: ["", "MiB", "-1", "1.5 MiB", "10 parsecs", "99999999999999 TiB"]) func `Other sizes are refused`(text: String) {
        #expect(ByteCount.parse(text) == nil)
    }

    @Test func `A newer version is refused as such`() {
        #expect { try parse("version: 2\n") } throws: { ($0 as? TenonError)?.code == .unsupportedVersion }
    }

    @Test(arguments: [
        "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n", "a: &a\n  b: *a\n", String(repeating: "[", count: 50_000),
        String(repeating: "- ", count: 50_000), (0..<700).map { String(repeating: " ", count: $0) + "a:\n" }.joined(), "a: [", "\u{0}",
        "? [a, b]\n: c\n", "{ [a]: b }", String(repeating: "a: b\n", count: 3000), "policy: { large-ok: [\(String(repeating: "a,", count: 2000))] }",
    ]) func `Text that would eat memory or stack, or is no settings, is refused`(text: String) {
        #expect { try parse(text) } throws: { ($0 as? TenonError)?.code == .invalidArgument }
    }

    @Test func `Bytes that are no UTF-8 are refused`() {
        #expect { try SettingsParser.parse([0xFF, 0xFE, 0x76, 0x00]) } throws: { ($0 as? TenonError)?.cause == "it is not UTF-8" }
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
