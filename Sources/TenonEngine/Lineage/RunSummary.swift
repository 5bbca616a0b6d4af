import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension RunSummary {
    /// What the record `id` tells, for the wire.
    init(_ id: RunID, _ record: RunRecord) {
        let definition = record.definition
        self.init(
            run: id.description, name: definition.name, command: definition.command.map { WirePath(bytes: $0) },
            directory: WirePath(bytes: definition.directory), started: record.started, finished: record.finished,
            host: definition.environment["host"]?.string, user: definition.environment["user"]?.string, commit: definition.code.commit,
            repository: definition.code.repository, code: definition.code.workTree.map { PointerSummary($0) },
            parameters: definition.parameters.map { parameter in
                RunValue(
                    name: parameter.name, value: String(decoding: CanonicalJSON.encode(parameter.value), as: UTF8.self), file: parameter.file)
            },
            metrics: record.metrics, inputs: definition.inputs.map(RunContent.init), outputs: record.outputs.map(RunContent.init),
            changedInputs: record.changedInputs.map { WirePath(bytes: $0) })
        switch record.ending {
        case .exited(let code): status = code
        case .killed(let number): signal = number
        case .notStarted(let why): reason = why
        }
    }
}

extension RunContent {
    init(_ content: RecordedContent) {
        self.init(path: WirePath(bytes: content.path), pointer: PointerSummary(content.pointer))
    }
}

extension Store {
    /// The run that a record tells of; `nil` if it tells of something else. Throws `missingContent` if the store does not have it, `corrupt` if it is
    /// no record.
    func run(_ id: RunID) throws -> RunRecord? { try RunRecord(record(id).statement) }
}

extension Job {
    /// The runs that pointers name, each once. One whose record is not here, or no run, is passed over.
    func runs(of pointers: [PointerSummary]) -> [RunSummary] {
        var seen: Set<RunID> = []
        return pointers.compactMap { pointer in
            guard let id = pointer.run.flatMap({ RunID(text: $0) }), seen.insert(id).inserted, store.hasRecord(id) else { return nil }
            do {
                return try store.run(id).map { RunSummary(id, $0) }
            } catch {
                reporter.warn("record \(id): \(error)")
                return nil
            }
        }
    }
}
