/// Statements about what commits bind, with their signatures: what `tenon attest` signs and `tenon verify --attestations` checks.
package struct AttestationsRequest: WorkTreeRequest {
    package static let verb = "attestations"
    package var workTree: WorkTreeContext
    package var commits: [String]
    /// Every commit reachable from any ref, in place of these.
    package var all: Bool
    /// This record, in place of commits.
    package var record: String?
    /// Make a statement of what has none, to be signed.
    package var prepares: Bool
    /// Variables by which the default remote is reached, which is asked where signatures are not here; `nil`: it is not asked.
    package var environment: [String: String]?

    package init(
        workTree: WorkTreeContext, commits: [String] = [], all: Bool = false, record: String? = nil, prepares: Bool = false,
        environment: [String: String]? = nil
    ) {
        self.workTree = workTree
        self.commits = commits
        self.all = all
        self.record = record
        self.prepares = prepares
        self.environment = environment
    }

    /// Each statement comes before the artifacts that it is about.
    package struct Item: Codable, Sendable, Hashable {
        /// One of both.
        package var statement: AttestedStatement?
        package var artifact: AttestedArtifact?

        package init(statement: AttestedStatement) { self.statement = statement }
        package init(artifact: AttestedArtifact) { self.artifact = artifact }
    }

    package struct Reply: Codable, Sendable {
        package var commits: Int
        /// Pointers, each once.
        package var artifacts: Int

        package init(commits: Int, artifacts: Int) {
            self.commits = commits
            self.artifacts = artifacts
        }
    }
}

/// A record that may be signed.
package struct AttestedStatement: Codable, Sendable, Hashable {
    package struct Signature: Codable, Sendable, Hashable {
        /// The fingerprint of the key in it.
        package var key: String
        /// As `ssh-keygen -Y sign` writes it. Not checked yet.
        package var text: String

        package init(key: String, text: String) {
            self.key = key
            self.text = text
        }
    }

    package var record: String
    package var kind: RecordSummary.Kind
    /// Canonical JSON: the record, byte for byte.
    package var payload: String
    package var signatures: [Signature]

    package init(record: String, kind: RecordSummary.Kind, payload: String, signatures: [Signature]) {
        self.record = record
        self.kind = kind
        self.payload = payload
        self.signatures = signatures
    }
}

/// An artifact as a commit binds it, and the statements about it.
package struct AttestedArtifact: Codable, Sendable, Hashable {
    package var path: WirePath
    package var commit: String
    /// `nil` where it can't be read.
    package var pointer: PointerSummary?
    /// Records, one of which must be signed: the one that its pointer names, else all that are about these bytes.
    package var records: [String]
    /// Why there is none where there should be.
    package var detail: String?

    package init(path: WirePath, commit: String, pointer: PointerSummary?, records: [String], detail: String? = nil) {
        self.path = path
        self.commit = commit
        self.pointer = pointer
        self.records = records
        self.detail = detail
    }
}

/// Stores signatures of records.
package struct SignRequest: WorkTreeRequest {
    package static let verb = "sign"
    package var workTree: WorkTreeContext
    package var signatures: [MadeSignature]
    /// Milliseconds since 1970 UTC.
    package var time: UInt64

    package init(workTree: WorkTreeContext, signatures: [MadeSignature], time: UInt64) {
        self.workTree = workTree
        self.signatures = signatures
        self.time = time
    }

    package struct Reply: Codable, Sendable {
        /// Records of the signatures, in the order of the request.
        package var records: [String]

        package init(records: [String]) {
            self.records = records
        }
    }
}

/// A signature that was made of a record.
package struct MadeSignature: Codable, Sendable, Hashable {
    package var record: String
    /// As `ssh-keygen -Y sign` wrote it.
    package var text: String

    package init(record: String, text: String) {
        self.record = record
        self.text = text
    }
}
