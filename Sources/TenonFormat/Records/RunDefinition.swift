import TenonCore

/// What is known of a run before it starts: what is executed, on what, where. The `buildDefinition` of SLSA provenance.
package struct RunDefinition: Hashable, Sendable {
    /// A parameter's value, and the file that it was read from.
    package struct Parameter: Hashable, Sendable {
        package var name: String
        package var value: JSONValue
        package var file: String?

        package init(name: String, value: JSONValue, file: String? = nil) {
            self.name = name
            self.value = value
            self.file = file
        }
    }

    /// The code that was executed.
    package struct Code: Hashable, Sendable {
        /// What HEAD named, in hexadecimal digits; `nil` before the first commit.
        package var commit: String?
        /// Where the repository is to be had.
        package var repository: String?
        /// The work tree, where it was not as the commit has it: all that Git tracks or would add.
        package var workTree: Pointer?

        package init(commit: String?, repository: String? = nil, workTree: Pointer? = nil) {
            self.commit = commit
            self.repository = repository
            self.workTree = workTree?.withoutAnnotations
        }
    }

    /// Names this execution alone: a UUID.
    package var invocation: String
    package var name: String?
    package var command: [[UInt8]]
    /// Where it was executed, from the top of the work tree; empty at the top.
    package var directory: [UInt8]
    package var parameters: [Parameter]
    /// Paths that were named as outputs and metrics, as they were named.
    package var outputs: [[UInt8]]
    package var metrics: [[UInt8]]
    package var inputs: [RecordedContent]
    package var code: Code
    /// The id of the repository in which it is executed; each clone has one of its own.
    package var repository: String?
    package var environment: JSONValue
    /// Directories that were there when it started, for outputs to lie in; Git does not keep empty ones.
    package var directories: [[UInt8]] = []
    /// The stage of a pipeline that is executed.
    package var stage: RunStage?

    /// Names what kind of build it is, to readers of SLSA provenance.
    package static let type = "urn:tenon:run:1"

    package init(
        invocation: String, name: String?, command: [[UInt8]], directory: [UInt8], parameters: [Parameter], outputs: [[UInt8]], metrics: [[UInt8]],
        inputs: [RecordedContent], code: Code, environment: JSONValue
    ) {
        self.invocation = invocation
        self.name = name
        self.command = command
        self.directory = directory
        self.parameters = parameters
        self.outputs = outputs
        self.metrics = metrics
        self.inputs = inputs
        self.code = code
        self.environment = environment
    }
}

extension RunDefinition {
    package var json: JSONValue {
        .members([
            "buildType": .string(RunDefinition.type),
            "externalParameters": .members([
                "command": .array(command.map(RecordText.json)), "directory": RecordText.json(directory), "name": name.map(JSONValue.string),
                "parameters": .array(
                    parameters.map { .members(["name": .string($0.name), "value": $0.value, "file": $0.file.map(JSONValue.string)]) }),
                "outputs": .array(outputs.map(RecordText.json)), "metrics": .array(metrics.map(RecordText.json)),
            ]),
            "internalParameters": .members([
                "environment": environment, "invocation": .string(invocation),
                "directories": directories.isEmpty ? nil : .array(directories.map(RecordText.json)), "stage": stage?.json,
                "repository": repository.map(JSONValue.string),
            ]),
            "resolvedDependencies": .array(codeResources.map(\.json) + inputs.map { RunDefinition.resource($0, role: "input").json }),
        ])
    }

    private var codeResources: [ResourceDescriptor] {
        var result: [ResourceDescriptor] = []
        if let commit = code.commit {
            result.append(
                ResourceDescriptor(uri: code.repository.map { "git+\($0)" }, digest: ["gitCommit": commit], annotations: ["role": .string("commit")]))
        }
        if let workTree = code.workTree {
            var resource = ResourceDescriptor(RecordedContent(path: Array("work-tree".utf8), pointer: workTree))
            resource.annotations["role"] = .string("work-tree")
            result.append(resource)
        }
        return result
    }

    private static func resource(_ content: RecordedContent, role: String) -> ResourceDescriptor {
        var resource = ResourceDescriptor(content)
        resource.annotations["role"] = .string(role)
        return resource
    }

    /// Throws `corrupt` for anything that `json` does not give.
    package init(json: JSONValue) throws(TenonError) {
        guard json["buildType"]?.string == RunDefinition.type, let external = json["externalParameters"], let inner = json["internalParameters"],
            let invocation = inner["invocation"]?.string, let environment = inner["environment"],
            let directory = external["directory"].flatMap(RecordText.bytes), let dependencies = json["resolvedDependencies"]?.array
        else { throw Statement.damaged("it is no run of this format") }
        self.invocation = invocation
        self.environment = environment
        self.directory = directory
        name = external["name"]?.string
        command = try RunDefinition.texts(external["command"])
        outputs = try RunDefinition.texts(external["outputs"])
        metrics = try RunDefinition.texts(external["metrics"])
        repository = inner["repository"]?.string
        directories = inner["directories"] == nil ? [] : try RunDefinition.texts(inner["directories"])
        stage = try inner["stage"].map { json throws(TenonError) in try RunStage(json: json) }
        parameters = []
        for parameter in external["parameters"]?.array ?? [] {
            guard let name = parameter["name"]?.string, let value = parameter["value"] else { throw Statement.damaged("a parameter has no value") }
            parameters.append(Parameter(name: name, value: value, file: parameter["file"]?.string))
        }
        inputs = []
        code = Code(commit: nil)
        for dependency in dependencies { try take(try ResourceDescriptor(json: dependency)) }
    }

    private mutating func take(_ resource: ResourceDescriptor) throws(TenonError) {
        switch resource.annotations["role"]?.string {
        case "commit":
            guard let commit = resource.digest["gitCommit"], [40, 64].contains(commit.utf8.count), commit.utf8.allSatisfy(RecordText.isHexadecimal)
            else { throw Statement.damaged("the commit has no name") }
            code.commit = commit
            code.repository = resource.uri.map { $0.hasPrefix("git+") ? String($0.dropFirst(4)) : $0 }
        case "work-tree": code.workTree = try RecordedContent(resource).pointer
        case "input": inputs.append(try RecordedContent(resource))
        // A later release may name more.
        default: break
        }
    }

    private static func texts(_ json: JSONValue?) throws(TenonError) -> [[UInt8]] {
        guard let values = json?.array else { throw Statement.damaged("a list of the command line is missing") }
        var result: [[UInt8]] = []
        for value in values {
            guard let bytes = RecordText.bytes(value) else { throw Statement.damaged("a word of the command line can't be read") }
            result.append(bytes)
        }
        return result
    }
}
