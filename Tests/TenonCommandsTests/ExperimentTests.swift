import ArgumentParser
import TenonAPI
import TenonClient
import Testing

@testable import TenonCommands

@Suite struct ExperimentArgumentTests {
    @Test(arguments: [
        ("a", ["a"]), ("a,b", ["a", "b"]), ("[1,2],[3]", ["[1,2]", "[3]"]), ("\"a,b\",c", ["\"a,b\"", "c"]), ("", [""]), ("a,", ["a", ""]),
        ("it's,b", ["it's", "b"]), ("{x: [1,2]},3", ["{x: [1,2]}", "3"]), ("]],a", ["]]", "a"]),
    ])
    func `values stand between commas, but for those in brackets or quotes`(text: String, parts: [String]) {
        #expect(OverrideArgument.parts(of: text) == parts)
    }

    @Test(arguments: ["", "a", "=1", "f:=1", ":a=1"]) func `what names no key is refused`(text: String) {
        #expect(OverrideArgument(argument: text) == nil)
    }

    @Test func `a grid is counted before it is made`() throws {
        let paths = PathResolver(topLevel: Array("/r".utf8), prefix: [])
        let axis = (0..<1000).map(String.init).joined(separator: ",")
        let arguments = (0..<9).compactMap { OverrideArgument(argument: "k\($0)=\(axis)") }
        #expect(try ExperimentGrid(Array(arguments[..<2]), paths).count == 1_000_000)
        #expect(try ExperimentGrid(arguments, paths).count == nil)
        #expect(throws: TenonError.self) { try ExperimentGrid(arguments, paths).trials(isConfirmed: true) }
        #expect(throws: TenonError.self) { try ExperimentGrid(Array(arguments[..<2]), paths).trials(isConfirmed: false) }
        let small = try ExperimentGrid(["a=1,2", "f.toml:b=3,4"].compactMap { OverrideArgument(argument: $0) }, paths).trials(isConfirmed: false)
        #expect(small.map { $0.map(\.value) } == [["1", "3"], ["1", "4"], ["2", "3"], ["2", "4"]])
        #expect(small[0].map(\.file) == [WirePath("params.yaml"), WirePath("f.toml")])
    }

    @Test func `conditions compare numbers as numbers`() throws {
        let document = ExperimentDocument(
            name: "e", created: 1, started: 1, finished: 2, parameters: ["train.lr": .number(0.1), "model": .text("small")],
            metrics: ["accuracy": 0.9])
        let row = ExperimentSummary(ExperimentCatalog.Entry(name: "e", commit: "c", parent: "p", document: document))
        for text in ["accuracy >= 0.9", "accuracy<1", "lr=0.10", "train.lr == 1e-1", "model=small", "model != large", "status=done", "none!=1"] {
            #expect(try #require(ExperimentCondition(argument: text)).holds(for: row), "\(text)")
        }
        for text in ["accuracy > 0.9", "model=large", "none=1", "none>1", "accuracy!=0.9"] {
            #expect(try !#require(ExperimentCondition(argument: text)).holds(for: row), "\(text)")
        }
        for text in ["accuracy >= 0,9", "lr >= 0.2 and", "lr < nan", "model > large"] {
            #expect(try #require(ExperimentCondition(argument: text)).reasonToRefuse != nil, "\(text)")
        }
        for (text, isJudged) in ["lr > 0": true, "model = small": true, "model > 1": false, "acuracy > 1": false, "acuracy != 1": false] {
            let condition = try #require(ExperimentCondition(argument: text))
            #expect(condition.reasonToRefuse == nil)
            #expect(condition.isJudged(by: row) == isJudged, "\(text)")
            if !isJudged, text.contains(">") { #expect(!condition.holds(for: row)) }
        }
        for text in ["", "a", ">1", "a>", "a~1"] { #expect(ExperimentCondition(argument: text) == nil, "\(text)") }
    }

    @Test(arguments: ["", "-a", "a b", "a/b", "a..b", "a.lock", "a.", "é", String(repeating: "a", count: 101)])
    func `names that Git or a shell would stumble over are refused`(name: String) {
        #expect(ExperimentName.reasonToRefuse(name) != nil)
    }

    @Test func `invented names are good ones, and free`() {
        var taken: Set<String> = []
        for _ in 0..<200 {
            let name = ExperimentName.invented(taken: taken)
            #expect(ExperimentName.reasonToRefuse(name) == nil)
            #expect(taken.insert(name).inserted)
        }
    }
}
