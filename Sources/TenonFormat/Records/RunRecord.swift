import TenonCore

/// What one execution was, from what, and what came of it: SLSA provenance v1, https://slsa.dev/spec/v1.0/provenance, as the predicate of a statement
/// whose subjects are the outputs.
package struct RunRecord: Hashable, Sendable {
    /// How the command ended.
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        /// By a signal.
        case killed(Int32)
        /// It could not be started at all, and why.
        case notStarted(String)
    }

    package var definition: RunDefinition
    package var outputs: [RecordedContent]
    /// Files that metrics were read from.
    package var metricFiles: [RecordedContent]
    /// The log of metrics that the command has written while it ran: lines of JSON.
    package var log: Pointer?
    package var metrics: [String: Double]
    /// Paths of inputs that were not any more what they had been when the command started.
    package var changedInputs: [[UInt8]]
    /// The bytes of small outputs that are kept in Git, and so are no artifacts that a remote has; by path.
    package var contents: [[UInt8]: [UInt8]] = [:]
    package var ending: Ending
    /// In milliseconds since 1970 UTC.
    package var started: UInt64
    package var finished: UInt64
    /// The release of Tenon that wrote the record.
    package var release: String

    package static let predicateType = "https://slsa.dev/provenance/v1"
    private static let builder = "urn:tenon:local"

    package init(
        definition: RunDefinition, outputs: [RecordedContent] = [], metricFiles: [RecordedContent] = [], metrics: [String: Double] = [:],
        changedInputs: [[UInt8]] = [], ending: Ending, started: UInt64, finished: UInt64, release: String
    ) {
        self.definition = definition
        self.outputs = outputs
        self.metricFiles = metricFiles
        self.metrics = metrics
        self.changedInputs = changedInputs
        self.ending = ending
        self.started = started
        self.finished = finished
        self.release = release
    }

    /// Whether the command did what it should, as far as its exit status tells.
    package var isSuccess: Bool { ending == .exited(0) }

    package var statement: Statement {
        Statement(
            subjects: outputs.map { ResourceDescriptor($0) }, predicateType: RunRecord.predicateType,
            predicate: .object([
                "buildDefinition": definition.json,
                "runDetails": .members([
                    "builder": .object(["id": .string(RunRecord.builder), "version": .object(["tenon": .string(release)])]),
                    "metadata": .object([
                        "invocationId": .string(definition.invocation), "startedOn": .string(RecordTime.text(started)),
                        "finishedOn": .string(RecordTime.text(finished)),
                    ]),
                    "byproducts": .array(metricFiles.map { ResourceDescriptor($0).json } + (logResource.map { [$0.json] } ?? [])),
                    // SLSA asks for the vendor's name in front of what it does not know.
                    "tenon_result": .members([
                        "status": endingJSON.status, "signal": endingJSON.signal, "reason": endingJSON.reason,
                        "metrics": .object(metrics.mapValues(JSONValue.number)),
                        "changedInputs": changedInputs.isEmpty ? nil : .array(changedInputs.map(RecordText.json)),
                        "contents": contents.isEmpty ? nil : .array(contentsJSON),
                    ]),
                ]),
            ]))
    }

    /// What the log is called among by-products, by the role in its annotations.
    private static let logName = "metrics.jsonl"
    private static let logRole = "log"

    private var logResource: ResourceDescriptor? {
        log.map { log in
            var resource = ResourceDescriptor(RecordedContent(path: Array(RunRecord.logName.utf8), pointer: log))
            resource.annotations["role"] = .string(RunRecord.logRole)
            return resource
        }
    }

    private var contentsJSON: [JSONValue] {
        contents.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { path, bytes in
            .object(["path": RecordText.json(path), "base64": .string(Base64.encode(bytes))])
        }
    }

    private var endingJSON: (status: JSONValue?, signal: JSONValue?, reason: JSONValue?) {
        switch ending {
        case .exited(let status): (.number(Double(status)), nil, nil)
        case .killed(let signal): (nil, .number(Double(signal)), nil)
        case .notStarted(let reason): (nil, nil, .string(reason))
        }
    }

    /// The run that a statement tells of; `nil` if it tells of something else. Throws `corrupt` for a run that is not as this format has it.
    package init?(_ statement: Statement) throws(TenonError) {
        guard statement.predicateType == RunRecord.predicateType, statement.predicate["buildDefinition"]?["buildType"]?.string == RunDefinition.type
        else { return nil }
        guard let definition = statement.predicate["buildDefinition"], let details = statement.predicate["runDetails"],
            let started = details["metadata"]?["startedOn"]?.string.flatMap(RecordTime.milliseconds),
            let finished = details["metadata"]?["finishedOn"]?.string.flatMap(RecordTime.milliseconds), let result = details["tenon_result"],
            let metrics = result["metrics"]?.object, let ending = RunRecord.ending(result)
        else { throw Statement.damaged("it does not say how the run ended") }
        self.definition = try RunDefinition(json: definition)
        self.started = started
        self.finished = finished
        self.ending = ending
        release = details["builder"]?["version"]?["tenon"]?.string ?? ""
        self.metrics = metrics.compactMapValues(\.number)
        changedInputs = (result["changedInputs"]?.array ?? []).compactMap(RecordText.bytes)
        for content in result["contents"]?.array ?? [] {
            guard let path = content["path"].flatMap(RecordText.bytes), let text = content["base64"]?.string,
                let bytes = Base64.decode(Array(text.utf8))
            else { throw Statement.damaged("an output's bytes can't be read") }
            contents[path] = bytes
        }
        outputs = []
        for subject in statement.subjects { outputs.append(try RecordedContent(subject)) }
        metricFiles = []
        for file in details["byproducts"]?.array ?? [] {
            let resource = try ResourceDescriptor(json: file)
            let content = try RecordedContent(resource)
            if resource.annotations["role"]?.string == RunRecord.logRole { log = content.pointer } else { metricFiles.append(content) }
        }
    }

    private static func ending(_ result: JSONValue) -> Ending? {
        if let status = result["status"]?.number { return Int32(exactly: status).map(Ending.exited) }
        if let signal = result["signal"]?.number { return Int32(exactly: signal).map(Ending.killed) }
        return result["reason"]?.string.map(Ending.notStarted)
    }
}
