import Glibc
import TenonAPI
import TenonCore
import Testing

@testable import TenonEngine

/// Parameters and metrics at revisions of a repository.
@Suite struct ValuesTests {
    static func show(
        _ workshop: Workshop, _ kind: ValueKind, _ revisions: [NamedRevision], _ files: [String] = [], keys: [String] = []
    ) async throws -> [RevisionValues] {
        let items = Collected<RevisionValues>()
        _ = try await workshop.engine.values(
            ValuesRequest(workTree: workshop.context, kind: kind, revisions: revisions, files: files.map { WirePath($0) }, keys: keys),
            Reporter(item: { items.append($0) }))
        return items.values
    }

    static func texts(_ revision: RevisionValues) -> [String] { revision.values.map { "\($0.file):\($0.key)=\($0.value)" } }

    @Test func `values come from git the store and the work tree`() async throws {
        try await Workshop.with { workshop in
            try await workshop.initialize()
            try workshop.write("params.yaml", "lr: 0.1\nmodel: {depth: 3}\n")
            try workshop.write("out/metrics.json", #"{"accuracy": 0.9, "note": "text", "loss": NaN}"#)
            try await workshop.add("out/metrics.json")
            try workshop.git("add", "-A")
            try workshop.git("commit", "-qm", "one")
            let first = NamedRevision(name: "one", commit: try workshop.commit())
            try workshop.write("params.yaml", "lr: 0.2\n")
            try workshop.write("out/metrics.json", #"{"accuracy": 0.95}"#)
            let parameters = try await ValuesTests.show(workshop, .parameters, [first, .workTree], ["params.yaml"])
            #expect(parameters.map(ValuesTests.texts) == [["params.yaml:lr=0.1", "params.yaml:model.depth=3"], ["params.yaml:lr=0.2"]])
            #expect(parameters[0].subject == "one")
            let metrics = try await ValuesTests.show(workshop, .metrics, [first, .workTree], ["out/metrics.json"])
            #expect(
                metrics.map(ValuesTests.texts) == [
                    ["out/metrics.json:accuracy=0.9", "out/metrics.json:loss=NaN"], ["out/metrics.json:accuracy=0.95"],
                ])
            let some = try await ValuesTests.show(workshop, .parameters, [first], ["params.yaml"], keys: ["model"])
            #expect(some.map(ValuesTests.texts) == [["params.yaml:model.depth=3"]])
        }
    }

    @Test func `a file in a directory artifact is read`() async throws {
        try await Workshop.with { workshop in
            try await workshop.initialize()
            try workshop.write("results/metrics.json", #"{"accuracy": 0.9}"#)
            try workshop.write("results/model.bin", "weights")
            try await workshop.add("results")
            try workshop.git("commit", "-qm", "one")
            let found = try await ValuesTests.show(
                workshop, .metrics, [NamedRevision(name: "one", commit: try workshop.commit())], ["results/metrics.json"])
            #expect(found.map(ValuesTests.texts) == [["results/metrics.json:accuracy=0.9"]])
        }
    }

    @Test func `what one revision can not read hides no other`() async throws {
        try await Workshop.with { workshop in
            try workshop.write("m.json", "{")
            try workshop.git("add", "-A")
            try workshop.git("commit", "-qm", "broken")
            let broken = NamedRevision(name: "broken", commit: try workshop.commit())
            try workshop.write("m.json", #"{"a": 1}"#)
            let found = try await ValuesTests.show(workshop, .metrics, [broken, .workTree], ["m.json"])
            #expect(found[0].values.isEmpty && found[0].failed.count == 1)
            #expect(ValuesTests.texts(found[1]) == ["m.json:a=1"])
        }
    }

    @Test func `a file that is nowhere is an error`() async throws {
        try await Workshop.with { workshop in
            let error = await #expect(throws: TenonError.self) { try await ValuesTests.show(workshop, .metrics, [.workTree], ["none.json"]) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `symlinks and directories are no files of values`() async throws {
        try await Workshop.with { workshop in
            try workshop.git("init", "-q")
            try workshop.write("secret.json", #"{"a": 1}"#)
            try workshop.write("d/x.json", #"{"a": 1}"#)
            #expect(symlink("secret.json", workshop.tree + "/link.json") == 0)
            try workshop.git("add", "-A")
            try workshop.git("commit", "-qm", "one")
            let commit = NamedRevision(name: "one", commit: try workshop.commit())
            for revision in [commit, .workTree] {
                let found = try await ValuesTests.show(workshop, .metrics, [revision], ["link.json", "d"])
                #expect(found[0].failed.count == 2)
            }
        }
    }

    @Test func `differences have both sides`() async throws {
        try await Workshop.with { workshop in
            try workshop.write("m.json", #"{"same": 1, "up": 0.93, "gone": 5, "kind": 1, "seed": 9007199254740993}"#)
            try workshop.git("add", "-A")
            try workshop.git("commit", "-qm", "one")
            try workshop.write("m.json", #"{"same": 1.0, "new": 7, "up": 0.95, "kind": NaN, "seed": 9007199254740992}"#)
            let from = NamedRevision(name: "HEAD", commit: try workshop.commit())
            func diff(all: Bool) async throws -> [ValueChange] {
                try await workshop.engine.valuesDiff(
                    ValuesDiffRequest(workTree: workshop.context, kind: .metrics, from: from, to: .workTree, files: [WirePath("m.json")], all: all),
                    Reporter()
                ).changes
            }
            let changes = try await diff(all: false)
            #expect(changes.map(\.key) == ["new", "up", "kind", "seed", "gone"])
            #expect(changes.map(\.change) == [.added, .changed, .changed, .changed, .removed])
            #expect(changes[1].old == .number(0.93) && changes[1].new == .number(0.95))
            #expect(changes[1].difference.map { ($0 - 0.02).magnitude < 1e-12 } ?? false)
            #expect(changes[2].new == .text("NaN") && changes[2].difference == nil)
            #expect(changes[0].old == nil && changes[4].new == nil)
            #expect(try await diff(all: true).first { $0.key == "same" }?.change == nil)
        }
    }

    @Test func `an experiment tells what its files do not`() async throws {
        try await Workshop.with { workshop in
            let line = #"{"version":1,"name":"e","parameters":{"train.lr":0.1,"name":"x"},"metrics":{"accuracy":0.9,"note":"text"}}"#
            try workshop.git("commit", "-q", "--allow-empty", "-m", "title\n\nTenon-Experiment: \(line)")
            let experiment = NamedRevision(name: "e", commit: try workshop.commit())
            #expect(try await ValuesTests.show(workshop, .parameters, [experiment]).map(ValuesTests.texts) == [[":train.lr=0.1", ":name=x"]])
            #expect(try await ValuesTests.show(workshop, .metrics, [experiment]).map(ValuesTests.texts) == [[":accuracy=0.9"]])
            for line in ["{", "[]", String(repeating: "[", count: 9999), #"{"parameters":[1],"metrics":7}"#] {
                try workshop.git("commit", "-q", "--allow-empty", "-m", "title\n\nTenon-Experiment: \(line)")
                let damaged = NamedRevision(name: "d", commit: try workshop.commit())
                #expect(try await ValuesTests.show(workshop, .metrics, [damaged]).map(ValuesTests.texts) == [[]])
            }
        }
    }

    @Test func `stages say which files hold values`() async throws {
        try await Workshop.with { workshop in
            try workshop.write("tenon.yaml", "stages:\n  train: {cmd: x, params: ['p.yaml:lr'], outs: [m.bin], metrics: [m.json]}\n")
            try workshop.write("p.yaml", "lr: 0.1\n")
            try workshop.write("m.json", #"{"a": 1}"#)
            try workshop.git("add", "-A")
            try workshop.git("commit", "-qm", "one")
            let commit = NamedRevision(name: "one", commit: try workshop.commit())
            try workshop.write("tenon.yaml", "stages: [")
            #expect(try await ValuesTests.show(workshop, .parameters, [commit]).map(ValuesTests.texts) == [["p.yaml:lr=0.1"]])
            let found = try await ValuesTests.show(workshop, .metrics, [commit, .workTree])
            #expect(ValuesTests.texts(found[0]) == ["m.json:a=1"])
            #expect(found[1].values.isEmpty && found[1].failed.count == 1)
        }
    }

    @Test func `runs that made artifacts tell where no file is named`() async throws {
        try await Workshop.with { workshop in
            try await workshop.initialize()
            try workshop.write("m.json", #"{"accuracy": 0.9}"#)
            let environment = RunEnvironment(host: "h", user: "u", system: "s", architecture: "a", processors: 1)
            let draft = try await workshop.engine.runBegin(
                RunBeginRequest(
                    workTree: workshop.context, command: [WirePath("true")], outputs: [WirePath("model.bin")], metrics: [WirePath("m.json")],
                    parameters: [RunParameter(key: "lr", value: "0.1")], environment: environment), Reporter()
            ).draft
            try workshop.write("model.bin", "weights")
            _ = try await workshop.engine.runFinish(
                RunFinishRequest(workTree: workshop.context, draft: draft, started: 1, finished: 2, status: 0), Reporter())
            try workshop.git("commit", "-qm", "one")
            let commit = NamedRevision(name: "one", commit: try workshop.commit())
            #expect(try await ValuesTests.show(workshop, .parameters, [commit]).map(ValuesTests.texts) == [[":lr=0.1"]])
            #expect(try await ValuesTests.show(workshop, .metrics, [commit]).map(ValuesTests.texts) == [["m.json:accuracy=0.9"]])
        }
    }
}
