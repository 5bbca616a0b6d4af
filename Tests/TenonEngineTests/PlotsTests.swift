import TenonAPI
import TenonCore
import Testing

@testable import TenonEngine

/// What is drawn of a repository.
@Suite struct PlotsTests {
    static func draw(
        _ workshop: Workshop, _ revisions: [NamedRevision] = [.workTree], history: [NamedRevision] = [], experiments: [NamedRevision] = [],
        files: [String] = [], x: String? = nil, y: [String] = [], template: String? = nil, by: String? = nil
    ) async throws -> PlotsRequest.Reply {
        try await workshop.engine.plots(
            PlotsRequest(
                workTree: workshop.context, title: "t", revisions: revisions, history: history, experiments: experiments,
                files: files.map { WirePath($0) }, x: x, y: y, template: template, by: by), Reporter())
    }

    static func shown(_ reply: PlotsRequest.Reply) -> [String] { reply.charts.map { "\($0.section): \($0.title)" } }

    @Test func `tables are found wherever they stand`() throws {
        func tables(_ name: String, _ text: String) throws -> [String] {
            try PlotTable.tables(in: try ValueFile.parse(Array(text.utf8), path: RelativePath(name), limits: .plots))
                .map { "\($0.name)(\($0.columns.map(\.name).joined(separator: ",")))x\($0.rowCount)" }
        }
        #expect(try tables("a.csv", "step,loss\n1,2\n3,4\n") == ["(step,loss)x2"])
        #expect(try tables("a.json", #"[{"a":1},{"b":2,"a":3}]"#) == ["(a,b)x2"])
        #expect(
            try tables("a.json", #"{"roc":[{"fpr":0,"tpr":0}],"m":{"prc":[{"p":1}]},"loss":[1,2,3],"val":[1],"x":5}"#) == [
                "roc(fpr,tpr)x1", "m.prc(p)x1", "(loss,val)x3",
            ])
        #expect(try tables("a.json", "[1,2,3]") == ["(value)x3"])
        #expect(try tables("a.json", #"[{"a":1}, 2]"#) == ["(value)x2"])
        #expect(try tables("a.json", #"{"a": 1, "b": ["x"]}"#) == [])
    }

    @Test func `curves of revisions are drawn over one another`() async throws {
        try await Workshop.with { workshop in
            try workshop.write("logs/train.csv", "epoch,loss,name\n1,0.5,a\n2,0.25,b\n")
            try workshop.git("add", "-A")
            try workshop.git("commit", "-qm", "one")
            try workshop.write("logs/train.csv", "epoch,loss,acc\n1,0.4,0.1\n2,0.2,0.3\n")
            let head = NamedRevision(name: "<HEAD>", commit: try workshop.commit())
            let reply = try await PlotsTests.draw(workshop, [.workTree, head], files: ["logs/train.csv"])
            #expect(PlotsTests.shown(reply) == ["Curves: loss", "Curves: acc"])
            #expect(reply.problems.isEmpty)
            #expect(reply.html.contains("&lt;HEAD&gt;") && !reply.html.contains("<HEAD>"))
            #expect(reply.html.contains("k0") && reply.html.contains("s k1"))
            let again = try await PlotsTests.draw(workshop, [.workTree, head], files: ["logs/train.csv"])
            #expect(reply.html == again.html)
        }
    }

    @Test func `columns and templates are as asked for`() async throws {
        try await Workshop.with { workshop in
            try workshop.write("p.csv", "actual,predicted,score\ncat,cat,1\ndog,cat,2\n")
            #expect(try await PlotsTests.shown(PlotsTests.draw(workshop, files: ["p.csv"])) == ["Confusion matrices: p.csv"])
            #expect(try await PlotsTests.shown(PlotsTests.draw(workshop, files: ["p.csv"], template: "linear")) == ["Curves: score"])
            #expect(
                try await PlotsTests.shown(PlotsTests.draw(workshop, files: ["p.csv"], x: "actual", y: ["score"], template: "scatter")) == [
                    "Curves: score"
                ])
            let missing = try await PlotsTests.draw(workshop, files: ["p.csv"], y: ["nothing"], template: "linear")
            #expect(missing.problems == ["p.csv: no column 'nothing' of numbers"])
            let unknown = try await PlotsTests.draw(workshop, files: ["p.csv"], template: "bar")
            #expect(unknown.problems == ["p.csv: the template 'bar' is not known; it is drawn as lines"])
        }
    }

    @Test func `metrics are followed over commits and experiments compared`() async throws {
        try await Workshop.with { workshop in
            var revisions: [NamedRevision] = []
            for (index, lr) in ["0.1", "0.01", "0.001"].enumerated() {
                try workshop.write("m.json", #"{"accuracy": 0.\#(7 + index), "loss": {"val": \#(3 - index)}}"#)
                try workshop.write("params.yaml", "lr: \(lr)\n")
                try workshop.git("add", "-A")
                try workshop.git("commit", "-qm", "c\(index)")
                revisions.append(NamedRevision(name: "exp-\(index)", commit: try workshop.commit()))
            }
            let reply = try await PlotsTests.draw(workshop, history: revisions, experiments: revisions, files: ["m.json"], by: "loss.val")
            #expect(
                PlotsTests.shown(reply) == [
                    "Metrics over commits: accuracy", "Metrics over commits: loss.val", "Experiments: Parameters and metrics",
                    "Metrics by parameters: loss.val by accuracy",
                ])
            #expect(reply.html.contains("The thick line is the experiment with the lowest loss.val: exp-2."))
        }
    }

    @Test func `tables that grow when their columns are made equally long are refused`() throws {
        func tables(_ text: String) throws -> [PlotTable] {
            try PlotTable.tables(in: try ValueFile.parse(Array(text.utf8), path: RelativePath("a.json"), limits: .plots))
        }
        let long = "[" + Array(repeating: "1", count: 40_000).joined(separator: ",") + "]"
        let short = (0..<150).map { "\"c\($0)\":[1]" }.joined(separator: ",")
        #expect(try tables("{\"a\":\(long)}").count == 1)
        #expect(throws: TenonError.self) { try tables("{\"a\":\(long),\(short)}") }
        let wide = "{" + (0..<150).map { "\"c\($0)\":1" }.joined(separator: ",") + "}"
        let rows = "[" + (Array(repeating: "{\"a\":1}", count: 40_000) + [wide]).joined(separator: ",") + "]"
        #expect(throws: TenonError.self) { try tables(rows) }
    }

    @Test func `numbers that no axis holds, and values called as others, are drawn`() async throws {
        try await Workshop.with { workshop in
            var revisions: [NamedRevision] = []
            for index in 1...3 {
                try workshop.write("m.json", #"{"loss": \#(index)e305, "x": \#(index)}"#)
                try workshop.write("n.json", #"{"x": \#(index), "m.json:x": \#(index)}"#)
                try workshop.git("add", "-A")
                try workshop.git("commit", "-qm", "c\(index)")
                revisions.append(NamedRevision(name: "exp-\(index)", commit: try workshop.commit()))
            }
            let reply = try await PlotsTests.draw(workshop, history: revisions, experiments: revisions, files: ["m.json", "n.json"])
            #expect(PlotsTests.shown(reply).contains("Metrics over commits: loss"))
            #expect(reply.html.contains("m.json:x (2)"))
        }
    }

    @Test func `damaged data is told on the page`() async throws {
        try await Workshop.with { workshop in
            try workshop.write("a.csv", "a,b\n1\n")
            let reply = try await PlotsTests.draw(workshop, files: ["a.csv"])
            #expect(reply.charts.isEmpty && reply.problems.count == 1)
            #expect(reply.html.contains("line 2: it has 1 fields"))
            await #expect(throws: TenonError.self) { try await PlotsTests.draw(workshop, files: ["none.csv"]) }
            await #expect(throws: TenonError.self) { try await PlotsTests.draw(workshop) }
        }
    }
}
