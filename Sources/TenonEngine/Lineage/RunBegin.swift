import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// Before the command of `tenon run` starts: what it will read is stored, with the code as it is now.
    package func runBegin(_ request: RunBeginRequest, _ reporter: Reporter<RunBeginRequest>) async throws -> RunBeginRequest.Reply {
        try await reading(request, reporter) { job in
            try job.tree.prepare()
            try job.tree.register()
            let definition = try RunStart(job: job, request: request).definition()
            return RunBeginRequest.Reply(draft: String(decoding: CanonicalJSON.encode(definition.json), as: UTF8.self))
        }
    }
}

/// Gathers what is known of a run before it starts.
struct RunStart<R: WorkTreeRequest> {
    let job: Job<R>
    let request: RunBeginRequest

    func definition() throws -> RunDefinition {
        guard request.command.first?.bytes.isEmpty != true, request.command.allSatisfy({ !$0.bytes.contains(0) }) else {
            throw TenonError(.invalidArgument, "nothing can be run", cause: "no command is given", hint: "tenon run -- COMMAND")
        }
        let settings = try job.settings()
        // What is missing or can't be an output is better told before an hour of training than after it.
        for path in request.outputs + request.metrics { try requireOutput(job.tree.artifactPath(path)) }
        // Pointers are part of the code: they say what the artifacts are that the command finds.
        let survey = try job.followedSurvey([])
        let contents = RunContents(job: job, survey: survey, compression: settings.compression)
        var inputs: [RecordedContent] = []
        for path in request.inputs {
            let path = try job.tree.artifactPath(path)
            let found = try contents.find(path)
            guard !found.isEmpty else {
                throw TenonError(
                    .notFound, "the input '\(path)' is not there", hint: survey[path] == nil ? nil : "tenon restore \(path) brings its data")
            }
            for place in found where !inputs.contains(where: { $0.path == place.path.bytes }) {
                inputs.append(RecordedContent(path: place.path.bytes, pointer: try contents.keep(place)))
            }
        }
        let parameters = try RunParameters(files: job.tree.files).read(request.parameters)
        return try definition(inputs, parameters, survey: survey, settings)
    }

    /// The same, where inputs are stored and parameters are read.
    func definition(
        _ inputs: [RecordedContent], _ parameters: [RunDefinition.Parameter], survey: Survey, _ settings: Settings
    ) throws -> RunDefinition {
        var definition = RunDefinition(
            invocation: Self.identifier(), name: request.name, command: request.command.map(\.bytes), directory: request.workTree.prefix.bytes,
            parameters: parameters, outputs: request.outputs.map(\.bytes), metrics: request.metrics.map(\.bytes), inputs: inputs,
            code: try CodeState(job: job, survey: survey, settings: settings).take(), environment: try environment())
        definition.directories = try directories()
        definition.repository = try job.tree.repositoryIdentifier()
        return definition
    }

    /// The directories of outputs that are there.
    private func directories() throws -> [[UInt8]] {
        var found: [[UInt8]] = []
        for path in request.outputs + request.metrics {
            guard let parent = try job.tree.artifactPath(path).parent, try job.tree.files.kind(of: parent) == .directory else { continue }
            if !found.contains(parent.bytes) { found.append(parent.bytes) }
        }
        return found
    }

    private func requireOutput(_ path: RelativePath) throws {
        switch try job.tree.files.kind(of: path) {
        case .file, .directory, .absent: return
        case .symlink:
            throw TenonError(.invalidArgument, "'\(path)' can't be an output", cause: "it is a symbolic link", hint: "name what it points to")
        case .special(let what): throw TenonError(.invalidArgument, "'\(path)' can't be an output", cause: "it is a \(what)")
        case .blocked(let ancestor, let isSymlink):
            throw TenonError(
                .invalidArgument, "'\(path)' can't be an output", cause: "'\(ancestor)' is \(isSymlink ? "a symbolic link" : "not a directory")")
        }
    }

    private func environment() throws -> JSONValue {
        var found = try JSONReader.parse(WireCoding.encode(request.environment)).object ?? [:]
        let locks = try lockFiles()
        if !locks.isEmpty { found["lockFiles"] = .object(locks) }
        return .object(found)
    }

    /// Files in which package managers pin what is installed.
    private static var lockFileNames: [String] {
        ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "conda-lock.yml", "environment.yml", "requirements.txt"]
    }

    /// Those at the top of the work tree and where the command is executed, with their oids.
    private func lockFiles() throws -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for directory in Set([[], request.workTree.prefix.bytes]) {
            for name in Self.lockFileNames {
                let bytes = directory.isEmpty ? Array(name.utf8) : directory + [UInt8(ascii: "/")] + Array(name.utf8)
                guard let path = try? RelativePath(bytes: bytes), try job.tree.files.kind(of: path) == .file else { continue }
                guard let pointer = try job.observe(path) else { continue }
                result[path.description] = .string(pointer.oid.description)
            }
        }
        return result
    }

    /// A random UUID (version 4).
    private static func identifier() -> String {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        var groups: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            groups.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return groups.joined(separator: "-")
    }
}
