import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// What the files that a command was seen to use mean for its record: which artifacts they belong to, and which are new ones.
///
/// The paths come from a tracer's output, in which a command can write what it wants: each is checked like one that a person types.
struct TraceReading {
    /// To be recorded beside those that were named.
    private(set) var inputs: [RunContents<RunFinishRequest>.Place] = []
    private(set) var outputs: [RelativePath] = []
    private(set) var result = RunTraceResult()
    private(set) var problems: [TenonError] = []

    private let job: Job<RunFinishRequest>
    private let survey: Survey
    private let definition: RunDefinition
    private let artifacts: Set<RelativePath>

    /// More outputs than this are no outputs but a directory's content.
    private static let maximumOutputs = 500
    /// What interpreters and tools leave beside code, for themselves.
    private static let caches = ["__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tenon-tmp"].map {
        Array($0.utf8)
    }

    init(job: Job<RunFinishRequest>, survey: Survey, definition: RunDefinition, trace: RunTrace) throws {
        self.job = job
        self.survey = survey
        self.definition = definition
        artifacts = Set(survey.records.filter(\.isNamed).map(\.path))
        if trace.isCut {
            problems.append(
                TenonError(
                    .unsupported, "the trace is not whole", cause: "the command used more files than are taken from a trace",
                    hint: "name inputs and outputs with -d and -o"))
        }
        let written = try takeWritten(trace)
        try takeRead(trace, written: written)
        result.inputs = inputs.map { WirePath($0.path) }
        result.outputs = outputs.map { WirePath($0) }
    }

    // MARK: Outputs

    /// Returns the artifacts that were written.
    private mutating func takeWritten(_ trace: RunTrace) throws -> Set<RelativePath> {
        let named = try (definition.outputs + definition.metrics).map { try RelativePath(bytes: $0) }
        let made = Set(paths(trace.made))
        var changed: Set<RelativePath> = []
        var candidates: Set<RelativePath> = []
        for path in paths(trace.written) where !named.contains(where: { path.isWithin($0) }) {
            try job.checkCancellation()
            if let artifact = artifact(around: path) {
                changed.insert(artifact)
                continue
            }
            guard !path.bytes.suffix(PointerName.suffix.count).elementsEqual(PointerName.suffix), !path.lastComponent.elementsEqual(".gitignore".utf8)
            else { continue }
            switch try job.tree.files.kind(of: path) {
            // Gone: it was a temporary file.
            case .absent, .symlink, .special, .blocked: continue
            case .file, .directory: candidates.insert(try enclosing(path, madeBy: made))
            }
        }
        // What was opened for writing and is as it was has been read.
        changed = try changed.filter { artifact in
            guard let pointer = survey[artifact]?.pointerFile.pointer, let now = try job.observe(artifact) else { return true }
            return !now.sameContent(as: pointer)
        }
        let kept = candidates.filter { candidate in !candidates.contains { candidate != $0 && candidate.isWithin($0) } }.sorted()
        for check in zip(kept, try job.tree.repository.ignoreChecks(kept)) {
            if check.1.isIgnored { result.ignored.append(WirePath(check.0)) } else { outputs.append(check.0) }
        }
        outputs = (outputs + changed.filter { path in !named.contains { path.isWithin($0) || $0.isWithin(path) } }).sorted()
        if outputs.count > TraceReading.maximumOutputs {
            problems.append(
                TenonError(
                    .unsupported, "what the command wrote is not recorded", cause: "it wrote \(outputs.count) files of their own",
                    hint: "name the directory that they lie in: -o DIRECTORY"))
            outputs = []
        }
        return changed
    }

    /// The outermost directory around `path` that the command made, and that is nobody else's; else `path`.
    private func enclosing(_ path: RelativePath, madeBy made: Set<RelativePath>) throws -> RelativePath {
        let around = sequence(first: path, next: \.parent).filter { made.contains($0) }
        for directory in around.reversed() where !artifacts.contains(where: { $0.isWithin(directory) }) {
            if try !job.tree.isTrackedByGit(directory) { return directory }
        }
        return path
    }

    // MARK: Inputs

    private mutating func takeRead(_ trace: RunTrace, written: Set<RelativePath>) throws {
        let named = try (definition.inputs.map(\.path) + definition.parameters.compactMap { $0.file.map { Array($0.utf8) } })
            .map { try RelativePath(bytes: $0) }
        var found: Set<RelativePath> = []
        var others: Set<RelativePath> = []
        for path in paths(trace.read + trace.written) {
            try job.checkCancellation()
            if let artifact = artifact(around: path) {
                if !written.contains(artifact), !named.contains(where: { artifact.isWithin($0) || $0.isWithin(artifact) }) { found.insert(artifact) }
            } else if !outputs.contains(where: { path.isWithin($0) }), !named.contains(where: { path.isWithin($0) }),
                try job.tree.files.kind(of: path) == .file
            {
                others.insert(path)
            }
        }
        for artifact in found.sorted() where try job.tree.files.kind(of: artifact) != .absent {
            inputs.append(RunContents.Place(path: artifact, owner: .artifact))
        }
        try takeIgnored(others.sorted())
    }

    /// Files that are neither artifacts nor part of the code, by the outermost directory that Git ignores.
    private mutating func takeIgnored(_ files: [RelativePath]) throws {
        let ignored = try zip(files, job.tree.repository.ignoreChecks(files)).filter { $0.1.isIgnored }.map { $0.0 }
        let ancestors = Set(ignored.flatMap { sequence(first: $0, next: \.parent) }).sorted()
        let outermost = Set(try zip(ancestors, job.tree.repository.ignoreChecks(ancestors)).filter { $0.1.isIgnored }.map { $0.0 })
        var places = Set(result.ignored)
        for file in ignored {
            places.insert(WirePath(sequence(first: file, next: \.parent).filter { outermost.contains($0) }.last ?? file))
        }
        result.ignored = places.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    private func paths(_ wire: [WirePath]) -> [RelativePath] {
        wire.compactMap { try? RelativePath(bytes: $0.bytes) }.filter { path in
            !path.components.contains { component in TraceReading.caches.contains { component.elementsEqual($0) } }
        }
    }

    private func artifact(around path: RelativePath) -> RelativePath? {
        sequence(first: path, next: \.parent).first { artifacts.contains($0) }
    }
}
