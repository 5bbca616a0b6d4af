import TenonCore
import Testing

@testable import TenonEngine

/// Files of values as anybody may write them.
@Suite struct ValueFileTests {
    static func flat(_ name: String, _ text: String) throws -> [String] { try flat(name, Array(text.utf8)) }

    static func flat(_ name: String, _ bytes: [UInt8]) throws -> [String] {
        try ValueFile.flat(bytes, path: RelativePath(name)).map { "\($0.key)=\(shown($0.value))" }
    }

    static func shown(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .text(let text): "'\(text)'"
        case .list(let values): "[\(values.map(shown).joined(separator: ","))]"
        case .mapping(let members): "{\(members.map { "\($0.key):\(shown($0.value))" }.joined(separator: ","))}"
        default: FlatValue.text(value)
        }
    }

    @Test func `json keeps order digits and what is not finite`() throws {
        let text =
            #"{"b": 1, "a": {"x": 0.10, "nan": NaN, "low": -Infinity, "seed": 9007199254740993}, "on": true, "list": [1, "a"], "t": "1", "n": null}"#
        #expect(
            try ValueFileTests.flat("m.json", text) == [
                "b=1", "a.x=0.1", "a.nan=NaN", "a.low=-Infinity", "a.seed=9007199254740993", "on=true", "list=[1,'a']", "t='1'", "n=null",
            ])
    }

    @Test func `yaml has its core schema aliases and merges`() throws {
        let text = """
            base: &base {lr: 0.1, k: 1e-3}
            train:
              <<: *base
              lr: 0.5
              text: !!str 5
              on: yes
              hex: 0x1F
              nan: .nan
              quoted: "5"
            """
        #expect(
            try ValueFileTests.flat("p.yaml", text) == [
                "base.lr=0.1", "base.k=0.001", "train.lr=0.5", "train.text='5'", "train.on='yes'", "train.hex=31", "train.nan=NaN",
                "train.quoted='5'",
                "train.k=0.001",
            ])
        #expect(try ValueFileTests.flat("p.yaml", "") == [])
    }

    @Test func `toml has its kinds`() throws {
        let text = """
            title = "T"
            when = 2024-01-02T03:04:05Z
            big = 9223372036854775807
            low = -inf
            [train]
            lr = 1e-5
            on = true
            list = [1, [2], {a = 1}]
            """
        #expect(
            try ValueFileTests.flat("p.toml", text).sorted() == [
                "big=9223372036854775807", "low=-Infinity", "title='T'", "train.list=[1,[2],{a:1}]", "train.lr=1e-05", "train.on=true",
                "when='2024-01-02T03:04:05Z'",
            ])
    }

    @Test func `of a table the last row counts unless it names values`() throws {
        #expect(try ValueFileTests.flat("m.csv", "step,\"acc, top\",loss\r\n1,0.5,nan\r\n2,\"0.9\",\r\n") == ["step=2", "acc, top=0.9", "loss=null"])
        #expect(try ValueFileTests.flat("m.tsv", "metric\tvalue\nauc\t0.9\nf1\t0.8\n") == ["auc=0.9", "f1=0.8"])
        #expect(try ValueFileTests.flat("m.csv", "a,b\n") == [])
    }

    @Test(arguments: [
        ("a.json", #"{"a":1,"a":2}"#, "stands twice"), ("a.json", #"{"a":1e999}"#, "too large"), ("a.json", #"{"a":1} x"#, "something follows"),
        ("a.json", String(repeating: "[", count: 100_000), "nested too deeply"), ("a.json", "{\"a\":\"\u{1}\"}", "control character"),
        ("a.yaml", "a: 1\na: 2\n", "stands once"), ("a.yaml", "a: 1\n\tb: 2\n", "line 2"), ("a.yaml", "a: 1\n---\nb: 2\n", "another document"),
        ("a.yaml", "a.b: 1\na:\n  b: 2\n", "two values have the key 'a.b'"), ("a.yaml", String(repeating: "[", count: 100_000), "nested too deeply"),
        ("a.toml", "a=1\na=2\n", "redefine"), ("a.toml", "a=" + String(repeating: "[", count: 100_000), "nested too deeply"),
        ("a.toml", "a" + String(repeating: ".a", count: 5000) + "=1", "nested too deeply"),
        ("a.toml", "\"=\"" + String(repeating: ".\"=#[\"", count: 5000) + "=1", "nested too deeply"),
        ("a.toml", "[a" + String(repeating: ".a", count: 200_000) + "]", "nested too deeply"),
        ("a.toml", "a = 99999999999999999999", "not representable"),
        ("a.toml", "a = \"x\\u0000y\"", "NUL"), ("a.csv", "a,b\n1\n", "line 2: it has 1 fields"), ("a.csv", "a\n\"x", "does not end"),
        ("a.csv", "a,a\n1,2\n", "one name"), ("a.csv", "a\n1\"2\n", "a quote stands"), ("a.csv", "a\n\"1\"2\n", "something follows the quote"),
        ("a.csv", "", "empty"),
        ("a.json", "[" + String(repeating: "1,", count: 20_000) + "1]", "too many values"),
    ])
    func `what is wrong is told and read no further`(_ name: String, _ text: String, _ reason: String) throws {
        let error = #expect(throws: TenonError.self) { try ValueFileTests.flat(name, text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.cause?.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test func `an alias counts as often as it is used`() throws {
        let level = { (index: Int) in "a\(index): &a\(index) [\(Array(repeating: "*a\(index - 1)", count: 10).joined(separator: ","))]\n" }
        let bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + (1..<12).map(level).joined()
        for (text, reason) in [
            (bomb, "too many values"), (bomb + "? *a11\n: 1\n", "keys must be words"), (bomb + "{ [ *a11 ] : 1 }\n", "keys must be words"),
            ("a: &a [x]\nb: {? *a : 1}\n", "keys must be words"),
            ("a0: &a0 [x]\n" + (1..<30_000).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined(), "more than 500 aliases"),
            ("a0: &a0 [x]\n" + (1..<400).map { "a\($0): &a\($0) [*a\($0 - 1)]\n" }.joined(), "nested too deeply"),
        ] {
            let error = #expect(throws: TenonError.self) { try ValueFileTests.flat("p.yaml", text) }
            #expect(error?.cause?.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func `settings have no anchors however they are written`() {
        for text in ["a: &x [1]\n", "a: !!seq &x [1]\n", "a: &-x [1]\n", "!!map &x {a: 1}\n"] {
            #expect(throws: TenonError.self) { try SettingsText.compose(Array(text.utf8)) }
        }
    }

    @Test func `bytes that are no text are refused`() throws {
        for name in ["a.json", "a.yaml", "a.toml", "a.csv"] {
            #expect(throws: TenonError.self) { try ValueFileTests.flat(name, [0x61, 0xFF, 0xFE, 0x3A]) }
        }
        #expect(throws: TenonError.self) { try ValueFileTests.flat("a.json", Array(repeating: 0x20, count: 2 << 20)) }
    }

    @Test func `differences are told to the last digit`() throws {
        let (old, new) = (try numbers(#"{"a":9007199254740993,"b":0.1,"c":NaN}"#), try numbers(#"{"a":9007199254740992,"b":0.10,"c":NaN}"#))
        #expect(old["a"] != new["a"])
        #expect(old["b"] == new["b"])
        #expect(old["c"] == new["c"])
    }

    private func numbers(_ text: String) throws -> [String: Value] {
        Dictionary(try ValueFile.flat(Array(text.utf8), path: RelativePath("m.json")).map { ($0.key, $0.value) }) { first, _ in first }
    }
}
