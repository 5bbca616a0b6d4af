import TenonCore

/// Something said of content by its digests: an in-toto Statement v1, https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md.
///
/// Its bytes are canonical JSON (RFC 8785), so that it has one identity: their SHA-256.
package struct Statement: Hashable, Sendable {
    package var subjects: [ResourceDescriptor]
    package var predicateType: String
    package var predicate: JSONValue

    package static let type = "https://in-toto.io/Statement/v1"
    /// The longest record, in bytes.
    package static let maximumLength = 4 << 20
    private static let maximumSubjects = 10_000

    package init(subjects: [ResourceDescriptor], predicateType: String, predicate: JSONValue) {
        self.subjects = subjects
        self.predicateType = predicateType
        self.predicate = predicate
    }

    /// Reads a record. Throws `corrupt` for what is no statement, or not in its one form.
    package init(parsing bytes: [UInt8]) throws(TenonError) {
        guard bytes.count <= Statement.maximumLength else { throw Statement.damaged("it is longer than \(Statement.maximumLength) bytes") }
        let json = try JSONReader.parse(bytes)
        guard CanonicalJSON.encode(json) == bytes else { throw Statement.damaged("it is not canonical JSON") }
        guard json["_type"]?.string == Statement.type, let type = json["predicateType"]?.string, let predicate = json["predicate"],
            let subjects = json["subject"]?.array, subjects.count <= Statement.maximumSubjects
        else { throw Statement.damaged("it is no in-toto statement") }
        predicateType = type
        self.predicate = predicate
        self.subjects = []
        for subject in subjects { self.subjects.append(try ResourceDescriptor(json: subject)) }
    }

    /// The one encoding.
    package var bytes: [UInt8] {
        CanonicalJSON.encode(
            .object([
                "_type": .string(Statement.type), "subject": .array(subjects.map(\.json)), "predicateType": .string(predicateType),
                "predicate": predicate,
            ]))
    }

    static func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "the record is damaged", cause: cause) }
}
