import TenonCore

/// What somebody found out about content after it was made: a validation before it is used, or how it does while it is.
package struct EvaluationRecord: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case validation, monitoring
    }

    package var kind: Kind
    package var subject: RecordedContent
    package var metrics: [String: Double]
    /// A file that tells more.
    package var report: RecordedContent?
    /// On what it was evaluated.
    package var dataset: RecordedContent?
    /// The id of the repository in which it was recorded, and what HEAD named there; `nil` before the first commit.
    package var repository: String?
    package var commit: String?
    package var user: String
    package var host: String
    /// In milliseconds since 1970 UTC.
    package var time: UInt64

    package static let predicateType = "urn:tenon:evaluation:1"

    package init(
        kind: Kind, subject: RecordedContent, metrics: [String: Double], report: RecordedContent? = nil, dataset: RecordedContent? = nil,
        user: String,
        host: String, time: UInt64
    ) {
        self.kind = kind
        self.subject = subject
        self.metrics = metrics
        self.report = report
        self.dataset = dataset
        self.user = user
        self.host = host
        self.time = time
    }

    package var statement: Statement {
        Statement(
            subjects: [ResourceDescriptor(subject)], predicateType: EvaluationRecord.predicateType,
            predicate: .members([
                "kind": .string(kind.rawValue), "metrics": .object(metrics.mapValues(JSONValue.number)), "user": .string(user), "host": .string(host),
                "recordedOn": .string(RecordTime.text(time)), "report": report.map { ResourceDescriptor($0).json },
                "dataset": dataset.map { ResourceDescriptor($0).json }, "repository": repository.map(JSONValue.string),
                "commit": commit.map { .object(["digest": .object(["gitCommit": .string($0)])]) },
            ]))
    }

    /// The evaluation that a statement tells of; `nil` if it tells of something else. Throws `corrupt` for one that is not as this format has it.
    package init?(_ statement: Statement) throws(TenonError) {
        guard statement.predicateType == EvaluationRecord.predicateType else { return nil }
        let predicate = statement.predicate
        guard statement.subjects.count == 1, let kind = predicate["kind"]?.string.flatMap(Kind.init), let metrics = predicate["metrics"]?.object,
            let user = predicate["user"]?.string, let host = predicate["host"]?.string,
            let time = predicate["recordedOn"]?.string.flatMap(RecordTime.milliseconds)
        else { throw Statement.damaged("it is no evaluation of this format") }
        self.kind = kind
        self.metrics = metrics.compactMapValues(\.number)
        self.user = user
        self.host = host
        self.time = time
        repository = predicate["repository"]?.string
        commit = predicate["commit"]?["digest"]?["gitCommit"]?.string
        subject = try RecordedContent(statement.subjects[0])
        if let json = predicate["report"] { report = try RecordedContent(try ResourceDescriptor(json: json)) }
        if let json = predicate["dataset"] { dataset = try RecordedContent(try ResourceDescriptor(json: json)) }
    }
}
