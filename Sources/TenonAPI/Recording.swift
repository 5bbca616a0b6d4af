/// `tenon record`: binds a result to content, after the fact.
package struct RecordRequest: WorkTreeRequest {
    package static let verb = "record"

    package enum Kind: String, Codable, Sendable, CaseIterable {
        case validation, monitoring
    }

    package var workTree: WorkTreeContext
    package var subject: RecordSubject
    package var kind: Kind
    package var metrics: [String: Double]
    /// A file that tells more; it is stored.
    package var report: WirePath?
    /// An artifact on which the subject was evaluated.
    package var dataset: WirePath?
    package var user: String
    package var host: String
    /// Milliseconds since 1970 UTC.
    package var time: UInt64

    package init(
        workTree: WorkTreeContext, subject: RecordSubject, kind: Kind, metrics: [String: Double], report: WirePath? = nil, dataset: WirePath? = nil,
        user: String, host: String, time: UInt64
    ) {
        self.workTree = workTree
        self.subject = subject
        self.kind = kind
        self.metrics = metrics
        self.report = report
        self.dataset = dataset
        self.user = user
        self.host = host
        self.time = time
    }

    package struct Reply: Codable, Sendable {
        /// The record.
        package var record: String
        package var subject: RunContent

        package init(record: String, subject: RunContent) {
            self.record = record
            self.subject = subject
        }
    }
}

/// `tenon records`: all records of some content.
package struct RecordsRequest: WorkTreeRequest {
    package static let verb = "records"
    package var workTree: WorkTreeContext
    package var subject: RecordSubject

    package init(workTree: WorkTreeContext, subject: RecordSubject) {
        self.workTree = workTree
        self.subject = subject
    }

    package struct Reply: Codable, Sendable {
        package var subject: RunContent
        /// The earliest first.
        package var records: [RecordSummary]

        package init(subject: RunContent, records: [RecordSummary]) {
            self.subject = subject
            self.records = records
        }
    }
}

/// Content that a request names: an artifact, or a file in one, in the work tree or in a commit; or stored content by its oid.
package struct RecordSubject: Codable, Sendable, Hashable {
    package var path: WirePath?
    package var commit: String?
    package var oid: String?

    package init(path: WirePath? = nil, commit: String? = nil, oid: String? = nil) {
        self.path = path
        self.commit = commit
        self.oid = oid
    }
}

/// One record, whatever it tells.
package struct RecordSummary: Codable, Sendable, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case run, rerun, validation, monitoring, binding, signature
        /// Of a kind that this version does not know.
        case other
    }

    package var record: String
    package var kind: Kind
    /// Milliseconds since 1970 UTC; 0: it does not say.
    package var time: UInt64
    package var metrics: [String: Double]
    package var user: String?
    package var host: String?
    package var report: RunContent?
    package var dataset: RunContent?
    package var run: RunSummary?
    /// Of a signature: the record that is signed, and the fingerprint of the key. Whether it is right, `tenon verify --attestations` says.
    package var signed: String?
    package var key: String?

    package init(
        record: String, kind: Kind, time: UInt64, metrics: [String: Double] = [:], user: String? = nil, host: String? = nil,
        report: RunContent? = nil, dataset: RunContent? = nil, run: RunSummary? = nil, signed: String? = nil, key: String? = nil
    ) {
        self.record = record
        self.kind = kind
        self.time = time
        self.metrics = metrics
        self.user = user
        self.host = host
        self.report = report
        self.dataset = dataset
        self.run = run
        self.signed = signed
        self.key = key
    }
}
