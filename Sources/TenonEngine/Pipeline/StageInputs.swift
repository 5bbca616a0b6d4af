import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// Content that a stage reads.
struct StageInput: Hashable {
    var path: RelativePath
    var pointer: Pointer
    /// Of a directory that is code: the files that count, relative to it.
    var files: [RelativePath]?
    /// Whether it lies in the work tree; else only its pointer does.
    var isHere = true

    var content: RecordedContent { RecordedContent(path: path.bytes, pointer: pointer) }
}

/// Looks at what stages read and make, each path once.
///
/// An artifact is its content. Of other directories only those files count that Git tracks or would add: what tools leave beside code, such as
/// `__pycache__`, makes no stage stale.
final class StageInputs<R: WorkTreeRequest> {
    private let job: Job<R>
    let survey: Survey
    private var known: [RelativePath: [StageInput]] = [:]
    private var looks: [RelativePath: Pointer?] = [:]
    private var listings: [RelativePath: [RelativePath]] = [:]

    init(job: Job<R>, survey: Survey) {
        self.job = job
        self.survey = survey
    }

    /// What lies at `path`, as it lies there; `nil`: nothing.
    func look(_ path: RelativePath) throws -> Pointer? {
        if let known = looks[path] { return known }
        let found = try job.observe(path)
        looks[path] = .some(found)
        return found
    }

    /// What was seen is not true any more.
    func forget() {
        known = [:]
        looks = [:]
        listings = [:]
    }

    /// Lists the code below these paths at once, which spares a process for each.
    func prepare(_ paths: [RelativePath]) throws {
        let directories = try Set(paths).filter {
            try listings[$0] == nil && survey.artifact(around: $0) == nil && job.tree.files.kind(of: $0) == .directory
        }
        guard !directories.isEmpty else { return }
        var arguments: [GitArgument] = ["--literal-pathspecs", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
        arguments += directories.map { GitArgument(bytes: $0.bytes) }
        let pointers = Set(try survey.records.filter(\.isNamed).map { try $0.path.pointerPath })
        let output = try job.tree.repository.process.succeed(arguments).output
        // A nested repository is listed with a slash at its end, and is not this one's code.
        let files = Set(output.split(separator: 0).compactMap { try? RelativePath(bytes: Array($0)) }).sorted().filter { file in
            !pointers.contains(file) && survey.artifact(around: file) == nil && !file.lastComponent.elementsEqual(".gitignore".utf8)
        }
        for directory in directories { listings[directory] = files.compactMap { $0.relative(to: directory) } }
    }

    /// What a stage reads that depends on `path`: the artifact that is there, those below it, code; nothing: it is not there.
    func contents(of path: RelativePath) throws -> [StageInput] {
        if let known = known[path] { return known }
        let found = try find(path)
        known[path] = found
        return found
    }

    private func find(_ path: RelativePath) throws -> [StageInput] {
        if survey.artifact(around: path) != nil { return try artifact(path).map { [$0] } ?? [] }
        switch try job.tree.files.kind(of: path) {
        case .absent:
            return try below(path)
        case .file, .symlink:
            return try look(path).map { [StageInput(path: path, pointer: $0)] } ?? []
        case .directory:
            try prepare([path])
            let artifacts = try below(path)
            let files = listings[path] ?? []
            // A directory that Git ignores, or of which it knows nothing, is data.
            if files.isEmpty, artifacts.isEmpty { return try look(path).map { [StageInput(path: path, pointer: $0)] } ?? [] }
            if files.isEmpty { return artifacts }
            let content = try job.store.look(files, of: try place(path), progress: job.sink)
            return [StageInput(path: path, pointer: try Pointer(content), files: files)] + artifacts
        case .special(let what):
            throw TenonError(.invalidArgument, "'\(path)' can't be read by a stage", cause: "it is a \(what)")
        case .blocked(let ancestor, let isSymlink):
            throw TenonError(
                .invalidArgument, "'\(path)' can't be read by a stage", cause: "'\(ancestor)' is \(isSymlink ? "a symbolic link" : "not a directory")"
            )
        }
    }

    private func below(_ path: RelativePath) throws -> [StageInput] {
        try survey.records.filter { $0.isNamed && $0.path.relative(to: path) != nil }.compactMap { try artifact($0.path) }
    }

    /// An artifact, or a file in one. Where the data is not here, what the pointer says is as good, until a command has to read it.
    private func artifact(_ path: RelativePath) throws -> StageInput? {
        if let pointer = try look(path) { return StageInput(path: path, pointer: pointer) }
        guard let pointer = survey[path]?.pointerFile.pointer else { return nil }
        return StageInput(path: path, pointer: pointer.withoutAnnotations, isHere: false)
    }

    /// Where the stat cache knows a directory of code by: not what all of it would be.
    private func place(_ directory: RelativePath) throws -> ArtifactPlace {
        ArtifactPlace(
            workTreeRoot: "\(job.tree.path)/\(String(decoding: directory.bytes, as: UTF8.self))", workTreeID: try job.tree.identifier() + "-code",
            path: directory)
    }

    /// Stores it, and says what was stored.
    func keep(_ input: StageInput, compression: CompressionChoice) throws -> RecordedContent {
        guard input.isHere else {
            throw TenonError(
                .notFound, "the input '\(input.path)' is not here", cause: "only its pointer is", hint: "tenon restore \(input.path) brings its data")
        }
        job.meter.begin(.storing, input.path.description)
        let stored =
            if let files = input.files {
                try job.store.ingest(files, of: try place(input.path), compression: compression, progress: job.sink)
            } else {
                try job.store.ingest(try job.tree.place(input.path), compression: compression, progress: job.sink)
            }
        return RecordedContent(path: input.path.bytes, pointer: try Pointer(stored.content))
    }
}
