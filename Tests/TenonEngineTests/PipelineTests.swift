import TenonCore
import Testing

@testable import TenonEngine

struct PipelineTests {
    /// The pipeline of files by their paths.
    static func read(_ files: [String: String], in directory: String? = nil) throws -> Pipeline? {
        try Pipeline.read(directory: directory.map { try RelativePath($0) }) { path, _ in files[path.description].map { Array($0.utf8) } }
    }

    private func stages(_ text: String, _ files: [String: String] = [:]) throws -> [Stage] {
        try #require(try PipelineTests.read(files.merging(["tenon.yaml": text]) { first, _ in first })).stages
    }

    /// What a person would read about `text`.
    private func complaint(_ text: String, _ files: [String: String] = [:], file: String = "tenon.yaml") -> String {
        do {
            let pipeline = try PipelineTests.read(files.merging([file: text]) { first, _ in first })
            if let pipeline { _ = try StageGraph(pipeline) }
            return "none"
        } catch let error as TenonError {
            return error.description
        } catch {
            return "another error"
        }
    }

    @Test func `Files of values are declared without stages, and where a dvc.yaml has stages, by that`() throws {
        let own = "metrics: [ m.json ]\nparams: [ p.yaml ]\nplots: [ { log.csv: { title: \"${name}\" } } ]\n"
        let alone = try #require(try PipelineTests.read(["tenon.yaml": own, "params.yaml": "name: run 1"]))
        #expect(alone.allMetricFiles.map(\.description) == ["m.json"] && alone.allParameterFiles.map(\.description) == ["p.yaml"])
        #expect(alone.allPlots.map(\.title) == ["run 1"])
        let both = try #require(
            try PipelineTests.read(["tenon.yaml": own, "params.yaml": "name: a", "dvc.yaml": "stages: { a: { cmd: x, metrics: [ n.json ] } }"]))
        #expect(both.stages.count == 1 && both.allMetricFiles.map(\.description) == ["n.json"])
        let error = #expect(throws: TenonError.self) { try Pipeline.required(alone) }
        #expect(error?.code == .notFound && error?.cause?.contains("'tenon.yaml' has no 'stages'") == true)
    }

    @Test func `One stage of the file becomes no more than there may be`() throws {
        let items = (0..<900).map { "\($0)" }.joined(separator: ", ")
        let paths = (0..<60).map { "p\($0)" }.joined(separator: ", ")
        #expect(complaint("stages: { a: { foreach: [ \(items) ], do: { cmd: x, deps: [ \(paths) ] } } }").contains("too many stages"))
    }

    @Test func `Every key of a stage is read, with paths from the top`() throws {
        let stages = try stages(
            """
            stages:
              train:
                cmd: [ "python a.py", "python b.py" ]
                desc: trains
                wdir: work/./sub/..
                deps: [ ../src/, data/x ]
                params: [ lr, "p.yaml:a.b", "q.json:", { p.yaml: [ c ] } ]
                outs: [ model, { log: { cache: false, persist: true } } ]
                metrics: [ m.json ]
                plots: [ { curve.csv: { x: step, y: [ loss ], title: Loss } }, roc.csv ]
                frozen: true
                always: yes
            """)
        let work = try RelativePath("work")
        var expected = Stage(name: "train", commands: ["python a.py", "python b.py"])
        expected.summary = "trains"
        expected.directory = work
        expected.dependencies = try [RelativePath("src"), RelativePath("work/data/x")]
        expected.parameters = try [
            StageParameters(file: RelativePath("work/params.yaml"), keys: ["lr"]),
            StageParameters(file: RelativePath("work/p.yaml"), keys: ["a.b", "c"]),
            StageParameters(file: RelativePath("work/q.json"), keys: []),
        ]
        expected.outputs = try [
            StageOutput(path: RelativePath("work/model")),
            StageOutput(path: RelativePath("work/log"), isKeptInGit: true, isPersistent: true),
            StageOutput(path: RelativePath("work/m.json"), role: .metric, isKeptInGit: true),
            StageOutput(path: RelativePath("work/curve.csv"), role: .plot), StageOutput(path: RelativePath("work/roc.csv"), role: .plot),
        ]
        var curve = PlotDefinition(name: "curve.csv", series: [.init(file: try RelativePath("work/curve.csv"), columns: ["loss"])])
        curve.x = "step"
        curve.title = "Loss"
        expected.plots = [curve, PlotDefinition(name: "roc.csv", series: [.init(file: try RelativePath("work/roc.csv"), columns: [])])]
        expected.isFrozen = true
        expected.isAlways = true
        #expect(stages == [expected])
    }

    @Test func `A dvc yaml is read as it is, where tenon yaml has no stages`() throws {
        let pipeline = try #require(
            try PipelineTests.read([
                "tenon.yaml": "version: 1\n",
                "dvc.yaml": """
                stages:
                  prepare:
                    cmd: python src/prepare.py data/data.xml
                    deps:
                    - data/data.xml
                    - src/prepare.py
                    params:
                    - prepare.seed
                    - prepare.split
                    outs:
                    - data/prepared
                  evaluate:
                    cmd: python src/evaluate.py
                    deps: [ model.pkl ]
                    metrics:
                    - eval/metrics.json:
                        cache: false
                    - live.json
                    plots:
                    - eval/importance.png
                metrics: [ other.json ]
                params: [ more.yaml ]
                plots:
                - ROC:
                    template: simple
                    x: fpr
                    y:
                      eval/roc/train.json: tpr
                      eval/roc/test.json: [ tpr ]
                - eval/importance.png
                artifacts: { m: { path: model.pkl } }
                """,
            ]))
        #expect(pipeline.stages.map(\.name) == ["prepare", "evaluate"])
        #expect(pipeline.stages[0].parameters == [StageParameters(file: try RelativePath("params.yaml"), keys: ["prepare.seed", "prepare.split"])])
        #expect(pipeline.stages[1].outputs.map(\.isKeptInGit) == [true, false, false])
        #expect(pipeline.allMetricFiles.map(\.description) == ["other.json", "eval/metrics.json", "live.json"])
        #expect(pipeline.allParameterFiles.map(\.description) == ["more.yaml", "params.yaml"])
        #expect(pipeline.plots.first?.series.map(\.file.description) == ["eval/roc/train.json", "eval/roc/test.json"])
        #expect(pipeline.plots.last?.series.map(\.file.description) == ["eval/importance.png"])
        #expect(pipeline.warnings.count == 1)
        #expect(try PipelineTests.read(["tenon.yaml": "version: 1\n"]) == nil)
    }

    @Test func `The dvc yaml of the directory one stands in goes before that of the top`() throws {
        let files = ["dvc.yaml": "stages: { top: { cmd: a, deps: [ x ] } }", "sub/dvc.yaml": "stages: { inner: { cmd: a, deps: [ x, ../y ] } }"]
        #expect(try PipelineTests.read(files)?.stages.map(\.name) == ["top"])
        let inner = try #require(try PipelineTests.read(files, in: "sub")?.stages.first)
        #expect(inner.name == "inner")
        #expect(inner.dependencies.map(\.description) == ["sub/x", "y"])
        #expect(inner.directory?.description == "sub")
        #expect(try PipelineTests.read(files, in: "elsewhere")?.stages.map(\.name) == ["top"])
    }

    @Test func `Values stand in the place of expressions`() throws {
        let stages = try stages(
            """
            vars: [ { models: { out: m }, list: [ 3, 4 ] }, more.json, "some.yaml:a,b" ]
            stages:
              train:
                vars: [ { local: here } ]
                cmd: "run ${train.lr} ${list[1]} \\\\${HOME} ${flag} ${deep.key} ${a} ${local} $PLAIN ${train.options}"
                outs: [ "${models.out}/${train.name}.bin" ]
                deps: ${train.inputs}
            """,
            [
                "params.yaml":
                    "train:\n  lr: 0.10\n  name: x\n  inputs: [ p, q ]\n  options: { epochs: 3, v: true, w: false, n: { z: 'a b' } }\nflag: True\n",
                "more.json": "{\"deep\": {\"key\": \"v w\"}}", "some.yaml": "a: 1\nb: 2\nc: 3\n",
            ])
        #expect(stages[0].commands == ["run 0.10 4 ${HOME} true v w 1 here $PLAIN --epochs 3 --v --n.z 'a b'"])
        #expect(stages[0].outputs.map(\.path.description) == ["m/x.bin"])
        #expect(stages[0].dependencies.map(\.description) == ["p", "q"])
    }

    @Test func `Loops and matrices make stages with names of their own`() throws {
        let stages = try stages(
            """
            stages:
              list: { foreach: [ us, uk ], do: { cmd: "a ${item}", outs: [ "o/${item}" ] } }
              map: { foreach: { x: { n: 1 }, y: { n: 2 } }, do: { cmd: "b ${key} ${item.n}" } }
              made: { foreach: "${sets}", do: { cmd: "c ${item.n}" } }
              grid: { matrix: { lr: [ 0.1, 0.2 ], net: [ a, { deep: b } ] }, cmd: "d ${item.lr} ${key}" }
            """, ["params.yaml": "sets: [ { n: 7 }, { n: 8 } ]"])
        #expect(
            stages.map(\.name) == [
                "list@us", "list@uk", "map@x", "map@y", "made@0", "made@1", "grid@0.1-a", "grid@0.1-net1", "grid@0.2-a", "grid@0.2-net1",
            ])
        #expect(
            stages.flatMap(\.commands) == [
                "a us", "a uk", "b x 1", "b y 2", "c 7", "c 8", "d 0.1 0.1-a", "d 0.1 0.1-net1", "d 0.2 0.2-a", "d 0.2 0.2-net1",
            ])
        let pipeline = try #require(try PipelineTests.read(["tenon.yaml": "stages: { l: { foreach: [ a, b ], do: { cmd: x } } }"]))
        #expect(try pipeline.stages(named: "l").map(\.name) == ["l@a", "l@b"])
        #expect(try pipeline.stages(named: "l@b").map(\.name) == ["l@b"])
        #expect(throws: TenonError.self) { try pipeline.stages(named: "k") }
    }

    @Test(arguments: [
        ("a: { cmd: x, outs: [ d/m ] }\n  b: { cmd: y, outs: [ d/m ] }", "'d/m' is made by the stages 'a' and 'b'"),
        ("a: { cmd: x, outs: [ d ] }\n  b: { cmd: y, outs: [ d/m ] }", "outputs of the stages 'a' and 'b' overlap: 'd/m' lies in 'd'"),
        ("a: { cmd: x, outs: [ m ], metrics: [ m ] }", "'m' is made twice by the stage 'a'"),
        ("a: { cmd: x, deps: [ d/m ], outs: [ d ] }", "the stage 'a' needs itself: 'd/m'"),
        (
            "a: { cmd: x, deps: [ p ], outs: [ q ] }\n  b: { cmd: x, deps: [ q/r ], outs: [ s ] }\n  c: { cmd: x, deps: [ s ], outs: [ p ] }",
            "the stages wait for each other: 'a' needs 'c' needs 'b' needs 'a'"
        ),
        ("a: { cmd: x, deps: [ ../y ] }", "it lies outside the work tree"),
        ("a: { cmd: x, deps: [ /etc/passwd ] }", "paths of a stage are relative"),
        ("a: { cmd: x, deps: [ \"s3://bucket/key\" ] }", "what lies elsewhere can't be part of a stage"),
        ("a: { cmd: x, outs: [ .git/hooks/x ] }", "Git takes a component for '.git'"),
        ("a: { cmd: x, outs: [ . ] }", "a stage reads and makes what lies below it"),
        ("a: { cmd: x, colour: red }", "tenon.yaml:2: 'stages.a.colour' can't be used: Tenon has no such feature of stages"),
        ("a: { cmd: x, outs: [ m: { remote: r } ] }", "'stages.a.outs[0].m.remote' can't be used: Tenon has no such feature of outputs"),
        ("a: { cmd: \"x ${nothing.here}\" }", "'stages.a.cmd' uses '${nothing.here}': 'nothing' is not there"),
        ("a: { cmd: \"x ${open\" }", "has '${' without '}'"),
        ("a: { cmd: \"\" }", "a command line"),
        ("a: { cmd: [] }", "'stages.a' has no 'cmd'"),
        ("a: { foreach: [ 1 ], cmd: x }", "with 'foreach' a stage has 'do'"),
        ("a: { foreach: [ 1, 1 ], do: { cmd: x } }", "makes two stages named 'a@1'"),
        ("a: { matrix: { x: [ \"a b\" ] }, cmd: x }", "it becomes part of a stage's name"),
        ("a b: { cmd: x }", "can't be a stage's name"),
    ])
    func `What can't be run is refused with its name`(_ stages: String, _ expected: String) {
        let found = complaint("stages:\n  \(stages)\n")
        #expect(found.contains(expected), "\(found)")
    }

    @Test func `Sizes and counts are bounded before anything is made of them`() {
        let list = "[" + (0..<20).map(String.init).joined(separator: ", ") + "]"
        #expect(complaint("stages: { a: { matrix: { x: \(list), y: \(list), z: \(list) }, cmd: c } }").contains("too many combinations"))
        let loops = (0..<60).map { "  s\($0): { foreach: \(list), do: { cmd: c } }" }.joined(separator: "\n")
        #expect(complaint("stages:\n\(loops)\n").contains("there are too many stages"))
        let value = String(repeating: "v", count: 100_000)
        let uses = String(repeating: "${big}", count: 200)
        #expect(complaint("stages: { a: { cmd: \"\(uses)\" } }", ["params.yaml": "big: \(value)"]).contains("more than 16 MiB"))
        let chain = (0..<900).map { "  s\($0): { cmd: c, deps: [ o\($0) ], outs: [ o\($0 + 1) ] }" }.joined(separator: "\n")
        #expect(complaint("stages:\n\(chain)\n") == "none")
    }

    @Test func `Features of dvc yaml that are not there are named`() {
        #expect(complaint("stages: { a: { cmd: x } }\ndatasets: [ x ]", file: "dvc.yaml").contains("dvc.yaml:2: 'datasets' can't be used"))
        #expect(complaint("stages: { a: { cmd: x, live: y } }", file: "dvc.yaml").contains("'stages.a.live' can't be used"))
        #expect(complaint("vars: [ none.yaml ]\nstages: { a: { cmd: x } }", file: "dvc.yaml").contains("there is no such file"))
        #expect(complaint("vars: [ { a: 1 }, { a: 2 } ]\nstages: { a: { cmd: x } }", file: "dvc.yaml").contains("'a' has two values"))
    }

    @Test func `Stages are ordered behind what they need`() throws {
        let graph = try StageGraph(
            stages(
                """
                stages:
                  evaluate: { cmd: e, deps: [ model, data/test/a.csv ] }
                  train: { cmd: t, deps: [ data/train ], outs: [ model ] }
                  split: { cmd: s, outs: [ data/train, data/test ] }
                  other: { cmd: o, deps: [ data ] }
                """))
        let names = graph.order.map { graph.stages[$0].name }
        #expect(names == ["split", "train", "evaluate", "other"])
        #expect(graph.closure(of: [1]).map { graph.stages[$0].name } == ["split", "train"])
        #expect(graph.closure(of: [1], downstream: true).map { graph.stages[$0].name } == ["train", "evaluate"])
        #expect(graph.makers(of: try RelativePath("data")).map { graph.stages[$0].name } == ["split"])
    }
}
