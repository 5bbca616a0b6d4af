import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// Reads the values of revisions, each file once however many revisions have it. Confined to the thread of one request.
final class ValueReading<R: WorkTreeRequest> {
    let job: Job<R>
    private let kind: ValueKind
    /// As given; none: as declared.
    private let files: [RelativePath]
    private let keys: [String]

    private struct Key: Hashable {
        var identity: RevisionFiles<R>.Identity
        var path: RelativePath
    }

    private var known: [Key: Result<[FlatValue], TenonError>] = [:]
    private var runs: [RunID: RunRecord?] = [:]
    /// Files that are there at some revision, whether or not they could be read.
    private(set) var seen: Set<[UInt8]> = []

    init(job: Job<R>, kind: ValueKind, files: [WirePath], keys: [String]) throws {
        self.job = job
        self.kind = kind
        self.files = try files.map { try RelativePath(bytes: $0.bytes) }
        self.keys = keys
    }

    struct Reading {
        var commit: CommitInfo?
        var groups: [ValueGroup] = []
        var failed: [FailedArtifact] = []
    }

    /// The values at `revision`. What can't be read is in the reading's failures.
    func read(_ revision: NamedRevision) throws -> Reading {
        try job.checkCancellation()
        let commit = try revision.commit.map { try job.tree.commit(try job.tree.commitIdentifier($0)) }
        let revisionFiles = RevisionFiles(job: job, commit: commit)
        var reading = Reading(commit: commit)
        let wanted = files.isEmpty ? declared(revisionFiles, &reading) : files
        for path in wanted {
            do {
                guard let values = try values(at: path, revisionFiles) else { continue }
                seen.insert(path.bytes)
                reading.groups.append(ValueGroup(file: path, values: values))
            } catch let error as TenonError {
                seen.insert(path.bytes)
                reading.failed.append(FailedArtifact(path: WirePath(path), error: error))
            }
        }
        if files.isEmpty, reading.groups.isEmpty, reading.failed.isEmpty {
            if let found = commit.flatMap({ ExperimentValues($0, kind) }) {
                reading.groups = [ValueGroup(file: nil, values: found.values)]
            } else {
                reading.groups = try recorded(revisionFiles)
            }
        }
        for index in reading.groups.indices { reading.groups[index].values = selected(reading.groups[index].values) }
        return reading
    }

    /// The files that the stages of the revision name.
    private func declared(_ revision: RevisionFiles<R>, _ reading: inout Reading) -> [RelativePath] {
        do {
            let declared = try revision.declaredFiles()
            return kind == .parameters ? declared.parameters : declared.metrics
        } catch {
            let path = WirePath(Settings.fileName)
            let error = error as? TenonError ?? TenonError(.internal, "the stages can't be read", cause: "\(error)")
            reading.failed.append(FailedArtifact(path: path, error: error))
            return []
        }
    }

    private func values(at path: RelativePath, _ revision: RevisionFiles<R>) throws -> [FlatValue]? {
        guard let file = try revision.find(path) else { return nil }
        let read = { () throws -> [FlatValue] in
            let bytes = try revision.bytes(of: file, at: path, limit: ValueLimits.values.length)
            let values = try ValueFile.flat(bytes, path: path)
            return self.kind == .parameters ? values : values.filter { $0.value.number != nil }
        }
        guard let identity = file.identity else { return try read() }
        let key = Key(identity: identity, path: path)
        if let result = known[key] { return try result.get() }
        do {
            let values = try read()
            known[key] = .success(values)
            return values
        } catch let error as TenonError {
            known[key] = .failure(error)
            throw error
        }
    }

    private func selected(_ values: [FlatValue]) -> [FlatValue] {
        guard !keys.isEmpty else { return values }
        return values.filter { value in keys.contains { value.key == $0 || value.key.hasPrefix($0 + ".") } }
    }

    // MARK: What runs recorded

    /// The values in the records of the runs that made the revision's artifacts; of several runs that have one, the latest run's.
    private func recorded(_ revision: RevisionFiles<R>) throws -> [ValueGroup] {
        var records: [RunRecord] = []
        for id in Set(try revision.lookup().pointers.values.compactMap(\.run)) {
            if let record = try run(id) { records.append(record) }
        }
        records.sort { ($0.finished, $0.definition.invocation) < ($1.finished, $1.definition.invocation) }
        var groups: [(file: RelativePath?, values: [String: Value])] = []
        func put(_ value: Value, _ key: String, _ file: RelativePath?) {
            if let index = groups.firstIndex(where: { $0.file == file }) {
                groups[index].values[key] = value
            } else {
                groups.append((file, [key: value]))
            }
        }
        for record in records {
            switch kind {
            case .parameters:
                for parameter in record.definition.parameters {
                    put(Value(parameter.value), parameter.name, parameter.file.flatMap { try? RelativePath($0) })
                }
            case .metrics:
                // Which of several files a number is from, the record does not tell.
                let files = record.metricFiles.compactMap { try? RelativePath(bytes: $0.path) }
                for (key, value) in record.metrics { put(.number(ValueNumber(value)), key, files.count == 1 ? files[0] : nil) }
            }
        }
        return groups.map { group in
            ValueGroup(file: group.file, values: group.values.sorted { $0.key < $1.key }.map { FlatValue(key: $0.key, value: $0.value) })
        }.sorted { ($0.file?.bytes ?? []).lexicographicallyPrecedes($1.file?.bytes ?? []) }
    }

    private func run(_ id: RunID) throws -> RunRecord? {
        if let record = runs[id] { return record }
        var record: RunRecord?
        if job.store.hasRecord(id) {
            do {
                record = try job.store.run(id)
            } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent {
                job.reporter.warn("record \(id): \(error)")
            }
        }
        runs[id] = .some(record)
        return record
    }
}
