import TenonCore

/// What a commit binds, said of content of which no run is recorded: data that came from elsewhere, say. Made to be signed.
package struct BindingRecord: Hashable, Sendable {
    /// Hexadecimal, in full.
    package var commit: String
    package var contents: [RecordedContent]
    /// The commit's own time, in milliseconds since 1970 UTC: the record is a function of the commit.
    package var time: UInt64

    package static let predicateType = "urn:tenon:commit:1"
    /// So much content stands in one record: on a remote it lies once under each.
    package static let maximumContents = 50

    package init(commit: String, contents: [RecordedContent], time: UInt64) {
        self.commit = commit
        self.contents = contents
        self.time = time
    }

    package var statement: Statement {
        Statement(
            subjects: contents.map { ResourceDescriptor($0) }, predicateType: BindingRecord.predicateType,
            predicate: .object([
                "commit": .object(["digest": .object(["gitCommit": .string(commit)])]), "recordedOn": .string(RecordTime.text(time)),
            ]))
    }
}
