/// What is meant by a file of values.
package enum ValueKind: String, Codable, Sendable, CaseIterable {
    /// Whatever a run was told.
    case parameters
    /// Numbers that came of it.
    case metrics
}

/// A state of the repository, and what the person calls it.
package struct NamedRevision: Codable, Sendable, Hashable {
    package var name: String
    /// In full; `nil`: the work tree.
    package var commit: String?

    package init(name: String, commit: String? = nil) {
        self.name = name
        self.commit = commit
    }

    package static let workTree = NamedRevision(name: "work tree")
}

/// `tenon params show`, `tenon metrics show`: the values of small files at commits, experiments and in the work tree.
package struct ValuesRequest: WorkTreeRequest {
    package static let verb = "values"
    package var workTree: WorkTreeContext
    package var kind: ValueKind
    package var revisions: [NamedRevision]
    /// From the top. None: those that stages declare; where there are none, what runs recorded.
    package var files: [WirePath]
    /// Only these keys, and what is below them; none: all.
    package var keys: [String]

    package init(
        workTree: WorkTreeContext, kind: ValueKind, revisions: [NamedRevision], files: [WirePath] = [], keys: [String] = []
    ) {
        self.workTree = workTree
        self.kind = kind
        self.revisions = revisions
        self.files = files
        self.keys = keys
    }

    /// One for each revision, in the order of the request.
    package typealias Item = RevisionValues

    package struct Reply: Codable, Sendable {
        /// How many values there were.
        package var values: Int

        package init(values: Int) { self.values = values }
    }
}

/// The values of one revision.
package struct RevisionValues: Codable, Sendable, Hashable {
    package var name: String
    package var commit: String?
    /// Of the commit: its author's time in seconds since 1970, and the first line of its message.
    package var time: Int64?
    package var subject: String?
    package var values: [FileValue]
    /// Files that could not be read.
    package var failed: [FailedArtifact]

    package init(
        name: String, commit: String? = nil, time: Int64? = nil, subject: String? = nil, values: [FileValue] = [], failed: [FailedArtifact] = []
    ) {
        self.name = name
        self.commit = commit
        self.time = time
        self.subject = subject
        self.values = values
        self.failed = failed
    }
}

/// A value, and where it stands.
package struct FileValue: Codable, Sendable, Hashable {
    /// Empty where a run recorded it without one.
    package var file: WirePath
    /// Dots between levels.
    package var key: String
    package var value: PlainValue

    package init(file: WirePath, key: String, value: PlainValue) {
        self.file = file
        self.key = key
        self.value = value
    }
}

/// `tenon params diff`, `tenon metrics diff`: the values that differ between two revisions.
package struct ValuesDiffRequest: WorkTreeRequest {
    package static let verb = "values-diff"
    package var workTree: WorkTreeContext
    package var kind: ValueKind
    package var from: NamedRevision
    package var to: NamedRevision
    /// As in `ValuesRequest`.
    package var files: [WirePath]
    package var keys: [String]
    /// Values that are the same as well.
    package var all: Bool

    package init(
        workTree: WorkTreeContext, kind: ValueKind, from: NamedRevision, to: NamedRevision, files: [WirePath] = [], keys: [String] = [],
        all: Bool = false
    ) {
        self.workTree = workTree
        self.kind = kind
        self.from = from
        self.to = to
        self.files = files
        self.keys = keys
        self.all = all
    }

    package struct Reply: Codable, Sendable {
        package var from: NamedRevision
        package var to: NamedRevision
        package var changes: [ValueChange]
        /// Files that could not be read on one side.
        package var failed: [FailedArtifact]

        package init(from: NamedRevision, to: NamedRevision, changes: [ValueChange], failed: [FailedArtifact] = []) {
            self.from = from
            self.to = to
            self.changes = changes
            self.failed = failed
        }
    }
}

/// One value on both sides.
package struct ValueChange: Codable, Sendable, Hashable {
    package var file: WirePath
    package var key: String
    /// `nil`: the same.
    package var change: ChangeKind?
    /// None on a side that does not have it.
    package var old: PlainValue?
    package var new: PlainValue?
    /// `new` − `old`, where both are finite numbers.
    package var difference: Double?

    package init(file: WirePath, key: String, change: ChangeKind?, old: PlainValue? = nil, new: PlainValue? = nil, difference: Double? = nil) {
        self.file = file
        self.key = key
        self.change = change
        self.old = old
        self.new = new
        self.difference = difference
    }

    private enum CodingKeys: String, CodingKey { case file, key, change, old, new, difference }

    /// As made for it, but that `null` on a side is a value and not one that is missing.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        file = try container.decode(WirePath.self, forKey: .file)
        key = try container.decode(String.self, forKey: .key)
        change = try container.decodeIfPresent(ChangeKind.self, forKey: .change)
        old = container.contains(.old) ? try container.decode(PlainValue.self, forKey: .old) : nil
        new = container.contains(.new) ? try container.decode(PlainValue.self, forKey: .new) : nil
        difference = try container.decodeIfPresent(Double.self, forKey: .difference)
    }
}
