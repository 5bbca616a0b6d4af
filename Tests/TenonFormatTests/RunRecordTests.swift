import TenonCore
import Testing

@testable import TenonFormat

struct RunRecordTests {
    static func content(_ path: [UInt8], _ text: String) -> RecordedContent {
        RecordedContent(path: path, pointer: .file(oid: OID(SHA256Hasher.hash(Array(text.utf8))), size: UInt64(text.utf8.count)))
    }

    static var record: RunRecord {
        let node = NodeID(SHA256Hasher.hash([1]))
        let tree = Pointer.tree(oid: OID(SHA256Hasher.hash([2])), size: 9, files: 2, manifest: node)
        var definition = RunDefinition(
            invocation: "0f6e2a4c-1d2b-4c3d-8e4f-5a6b7c8d9e0f", name: "train", command: [Array("python3".utf8), [0x61, 0xFF]],
            directory: Array("src".utf8),
            parameters: [RunDefinition.Parameter(name: "lr", value: .number(0.1), file: "params.yaml"), .init(name: "seed", value: .number(3))],
            outputs: [Array("models/m.bin".utf8)], metrics: [Array("metrics.json".utf8)],
            inputs: [content(Array("data/a.csv".utf8), "a"), RecordedContent(path: [0x64, 0xFE], pointer: tree)],
            code: .init(commit: String(repeating: "a", count: 40), repository: "https://example.com/r.git", workTree: tree),
            environment: .object(["host": .string("h")]))
        definition.directories = [Array("models".utf8), [0xFE]]
        return RunRecord(
            definition: definition, outputs: [content(Array("models/m.bin".utf8), "m")],
            metricFiles: [content(Array("metrics.json".utf8), "{}")], metrics: ["accuracy": 0.93], changedInputs: [Array("data/a.csv".utf8)],
            ending: .exited(0), started: 1_795_544_673_074, finished: 1_795_544_674_000, release: "0.1.0")
    }

    @Test(arguments: [RunRecord.Ending.exited(0), .exited(7), .killed(15), .notStarted("there is no such program")])
    func `a run reads back as it was written`(ending: RunRecord.Ending) throws {
        var record = RunRecordTests.record
        record.ending = ending
        let statement = try Statement(parsing: record.statement.bytes)
        #expect(try RunRecord(statement) == record)
        #expect(statement.time == record.finished)
    }

    @Test func `the run of a stage is found by its key, and by what it made only if nothing speaks against it`() throws {
        var record = RunRecordTests.record
        #expect(record.statement.stageLink == nil)
        let key = SHA256Hasher.hash([7])
        record.definition.stage = RunStage(name: "train@a/b", key: key, kept: [Array("metrics.json".utf8), [0xFE]])
        record.contents = [[0xFE]: [1, 2, 255], Array("metrics.json".utf8): []]
        #expect(try RunRecord(Statement(parsing: record.statement.bytes)) == record)
        #expect(record.statement.stageLink == StageLink(name: "train@a/b", key: key, made: nil))
        record.changedInputs = []
        #expect(record.statement.stageLink?.made == RunStage.digest(of: record.outputs))
        record.definition.outputs.append(Array("other".utf8))
        #expect(record.statement.stageLink?.made == nil)
        record.definition.outputs = record.outputs.map(\.path)
        record.ending = .exited(1)
        #expect(record.statement.stageLink?.made == nil)
    }

    @Test func `its links are its outputs and inputs, and neither code nor metrics`() {
        let record = RunRecordTests.record
        let outputs = record.outputs.map { RecordLink(kind: $0.pointer.kind, oid: $0.pointer.oid, role: .subject) }
        let inputs = record.definition.inputs.map { RecordLink(kind: $0.pointer.kind, oid: $0.pointer.oid, role: .input) }
        #expect(record.statement.links == Set(outputs + inputs))
    }

    @Test func `a foreign statement is no run, and one that says it is a run must be whole`() throws {
        var statement = RunRecordTests.record.statement
        statement.predicateType = "https://example.com/review/v1"
        #expect(try RunRecord(statement) == nil)
        statement.predicateType = RunRecord.predicateType
        statement.predicate = .object(["buildDefinition": .object(["buildType": .string(RunDefinition.type)])])
        #expect(throws: TenonError.self) { try RunRecord(statement) }
    }

    @Test func `a digest that its pointer does not have is refused`() throws {
        let good = String(decoding: RunRecordTests.record.statement.bytes, as: UTF8.self)
        let oid = RunRecordTests.record.outputs[0].pointer.oid.digest.hex
        let forged = good.replacing("\"sha256\":\"\(oid)\"", with: "\"sha256\":\"\(String(repeating: "0", count: 64))\"")
        #expect(forged != good)
        let statement = try Statement(parsing: Array(forged.utf8))
        #expect(throws: TenonError.self) { try RunRecord(statement) }
    }

    @Test func `a path that leaves the work tree is refused`() throws {
        var record = RunRecordTests.record
        record.outputs[0] = RunRecordTests.content(Array("../m.bin".utf8), "m")
        #expect(throws: TenonError.self) { try RunRecord(record.statement) }
    }

    @Test func `every truncation is refused, and every changed byte, or it is another record in its one encoding`() {
        let good = RunRecordTests.record.statement.bytes
        func check(_ bytes: [UInt8]) {
            guard let statement = try? Statement(parsing: bytes) else { return }
            #expect(statement.bytes != good || bytes == good)
            _ = try? RunRecord(statement)
        }
        for length in 0..<good.count { check(Array(good[..<length])) }
        for position in good.indices {
            for mask: UInt8 in [1, 32, 128] {
                var damaged = good
                damaged[position] ^= mask
                check(damaged)
            }
        }
    }

    @Test(arguments: [0, 951_782_400_000, 1_709_164_799_999, 4_107_542_399_001, RecordTime.maximum] as [UInt64])
    func `times read back`(time: UInt64) {
        #expect(RecordTime.milliseconds(RecordTime.text(time)) == time)
    }

    @Test func `times are written by the calendar, in one way`() {
        #expect(RecordTime.text(951_782_400_123) == "2000-02-29T00:00:00.123Z")
        for wrong in ["2000-02-30T00:00:00.123Z", "2000-02-29T24:00:00.000Z", "2000-02-29 00:00:00.123Z", "2000-2-29T00:00:00.1230Z"] {
            #expect(RecordTime.milliseconds(wrong) == nil)
        }
    }
}

struct EvaluationRecordTests {
    private var record: EvaluationRecord {
        EvaluationRecord(
            kind: .validation, subject: RunRecordTests.content(Array("models/m.bin".utf8), "m"), metrics: ["accuracy": 0.5],
            report: RunRecordTests.content(Array("report.md".utf8), "r"), user: "u", host: "h", time: 1_795_544_673_074)
    }

    @Test func `an evaluation reads back as it was written, and is found by its subject alone`() throws {
        let statement = try Statement(parsing: record.statement.bytes)
        #expect(try EvaluationRecord(statement) == record)
        #expect(try RunRecord(statement) == nil)
        #expect(statement.time == record.time)
        #expect(statement.links == [RecordLink(kind: .file, oid: record.subject.pointer.oid, role: .subject)])
    }

    @Test func `an evaluation of two things, or of a kind that is none, is refused`() throws {
        var statement = record.statement
        statement.subjects.append(statement.subjects[0])
        #expect(throws: TenonError.self) { try EvaluationRecord(statement) }
        let text = String(decoding: record.statement.bytes, as: UTF8.self).replacing("\"validation\"", with: "\"praise\"")
        let other = try Statement(parsing: Array(text.utf8))
        #expect(throws: TenonError.self) { try EvaluationRecord(other) }
    }
}
