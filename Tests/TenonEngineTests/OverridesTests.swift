import TenonCore
import Testing

@testable import TenonEngine

/// Values are set in files of parameters without touching anything else in them.
struct OverridesTests {
    private func set(_ key: String, _ value: String, in text: String, _ file: String = "params.yaml") throws -> String {
        String(decoding: try Overrides.set(Overrides.Edit(key: key, value: value), in: Array(text.utf8), RelativePath(file)), as: UTF8.self)
    }

    private static let yaml = """
        # top
        train:   # how
          lr: 0.1      # the step
          "depth": 3
          name: 'small'
          empty:
          on: true
          sizes: [1, "a]", 3] # list
          block:
            - 1
          text: |
            several
            lines
        flow: {a: 1, b: "x # y"}
        größe: 5

        """

    @Test(arguments: [
        ("train.lr", "0.01", "lr: 0.1 ", "lr: 0.01 "), ("train.lr", "1e-3", "lr: 0.1 ", "lr: 1.0e-3 "), ("train.lr", "2", "lr: 0.1 ", "lr: 2 "),
        ("train.depth", "4", "\"depth\": 3", "\"depth\": 4"), ("train.name", "big", "'small'", "\"big\""), ("train.name", "1", "'small'", "\"1\""),
        ("train.empty", "7", "empty:", "empty: 7"), ("train.on", "false", "on: true", "on: false"),
        ("train.sizes", "[4, 5]", "[1, \"a]\", 3]", "[4, 5]"), ("flow.a", "2", "{a: 1", "{a: 2"), ("flow.b", "no", "\"x # y\"", "\"no\""),
        ("größe", "6", "größe: 5", "größe: 6"),
    ])
    func `a value of YAML is set where it stands`(key: String, value: String, before: String, after: String) throws {
        #expect(try set(key, value, in: OverridesTests.yaml) == OverridesTests.yaml.replacing(before, with: after))
    }

    @Test(arguments: [
        ("train.lr", "fast"), ("train.on", "1"), ("train.block", "[1]"), ("train.text", "x"), ("train.sizes", "1"), ("train", "1"), ("flow", "1"),
    ])
    func `what is of another type, or can't be changed by itself, is refused`(key: String, value: String) throws {
        let error = #expect(throws: TenonError.self) { try set(key, value, in: OverridesTests.yaml) }
        #expect(error?.code == .invalidArgument)
    }

    @Test(arguments: [
        ("True", "false", "false"), ("no", "true", "true"), ("OFF", "true", "true"), ("0x10", "5", "5"), (".inf", "1", "1"), ("1_000", "20", "20"),
        ("Null", "3", "3"), ("NULL", "big", "big"), ("12:30", "13:45", "\"13:45\""),
    ])
    func `what YAML takes for a flag, a number or nothing stays one, however it is written`(old: String, value: String, new: String) throws {
        #expect(try set("a", value, in: "a: \(old) # b\n") == "a: \(new) # b\n")
    }

    @Test(arguments: [("True", "1"), ("0x10", "fast")]) func `what is of another type than such a word is refused`(old: String, value: String) throws
    {
        #expect(throws: TenonError.self) { try set("a", value, in: "a: \(old)\n") }
    }

    @Test func `a key that is not there is refused, and a near one suggested`() throws {
        let error = #expect(throws: TenonError.self) { try set("train.lrr", "1", in: OverridesTests.yaml) }
        #expect(error?.code == .notFound)
        #expect(error?.hint?.contains("train.lr") == true)
    }

    @Test(arguments: ["a: [", "a: &x 1\nb: *x\n", "- 1\n", "a: 1\na: 2\n"]) func `what can't be read is refused`(text: String) throws {
        #expect(throws: TenonError.self) { try set("a", "3", in: text) }
    }

    @Test func `words that YAML takes for something else are put in quotes`() throws {
        for word in ["yes", "null ", "1.5.2", "a: b", "- x", "@x", "#x", "", "été"] {
            #expect(try set("a", word, in: "a: text\n") == "a: \"\(word)\"\n")
        }
        #expect(try set("a", "resnet-50/v2", in: "a: text\n") == "a: resnet-50/v2\n")
    }

    @Test func `values of JSON are set, and its spelling stays`() throws {
        let json = "{ \"a\" : {\"lr\":1e-3,\"s\":\"x\\\"y\", \"l\":[1,{\"q\":\"]\"}]},\n\t\"n\":null }\n"
        #expect(try set("a.lr", "0.5", in: json, "p.json") == json.replacing("1e-3", with: "0.5"))
        #expect(try set("a.lr", ".5", in: json, "p.json") == json.replacing("1e-3", with: "0.5"))
        #expect(try set("a.s", "z\"", in: json, "p.json") == json.replacing("\"x\\\"y\"", with: "\"z\\\"\""))
        #expect(try set("a.l", "[2]", in: json, "p.json") == json.replacing("[1,{\"q\":\"]\"}]", with: "[2]"))
        #expect(try set("n", "true", in: json, "p.json") == json.replacing("null", with: "true"))
        #expect(throws: TenonError.self) { try set("a.l.q", "1", in: json, "p.json") }
    }

    @Test func `values of TOML are set, and its spelling stays`() throws {
        let toml = """
            title = 'x' # t
            [a.b]
            lr = 1_000.5
            d = 1979-05-27 07:32:00
            long = \"\"\"
            lr = 3
            \"\"\"
            list = [ 1, # one
              2 ]
            c = { e = 1, f.g = "s" }
            [[runs]]
            lr = 2
            [z]
            "quoted key" = true

            """
        #expect(try set("a.b.lr", "2", in: toml, "p.toml") == toml.replacing("1_000.5", with: "2"))
        #expect(try set("title", "y", in: toml, "p.toml") == toml.replacing("'x'", with: "\"y\""))
        #expect(try set("a.b.c.e", "5", in: toml, "p.toml") == toml.replacing("e = 1", with: "e = 5"))
        #expect(try set("a.b.c.f.g", "t", in: toml, "p.toml") == toml.replacing("\"s\"", with: "\"t\""))
        #expect(try set("z.quoted key", "false", in: toml, "p.toml") == toml.replacing("= true", with: "= false"))
        for (key, value) in [("runs.lr", "1"), ("a.b.long", "x"), ("a.b.d", "1")] {
            #expect(throws: TenonError.self) { try set(key, value, in: toml, "p.toml") }
        }
    }
}
