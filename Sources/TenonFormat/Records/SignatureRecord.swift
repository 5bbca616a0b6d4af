import TenonCore

/// Somebody's signature of a record: kept as a record about the same content, so that it is found, shared and checked as the signed one is.
package struct SignatureRecord: Hashable, Sendable {
    /// The record that is signed.
    package var signed: RunID
    /// What the signed record is about.
    package var subjects: [ResourceDescriptor]
    package var signature: SSHSignature
    /// In milliseconds since 1970 UTC; claimed by whoever signed.
    package var time: UInt64

    package static let predicateType = "urn:tenon:signature:1"

    package init(of signed: Statement, id: RunID, signature: SSHSignature, time: UInt64) {
        self.signed = id
        subjects = signed.subjects.map { ResourceDescriptor(name: $0.name, digest: $0.digest) }
        self.signature = signature
        self.time = time
    }

    package var statement: Statement {
        Statement(
            subjects: subjects, predicateType: SignatureRecord.predicateType,
            predicate: .object([
                "statement": .string(signed.description), "signature": .string(signature.text), "recordedOn": .string(RecordTime.text(time)),
            ]))
    }

    /// The signature that a statement tells of; `nil` if it tells of something else. Throws `corrupt` for one that is not as this format has it.
    package init?(_ statement: Statement) throws(TenonError) {
        guard statement.predicateType == SignatureRecord.predicateType else { return nil }
        let predicate = statement.predicate
        guard let signed = predicate["statement"]?.string.flatMap({ RunID(text: $0) }), let text = predicate["signature"]?.string,
            let time = predicate["recordedOn"]?.string.flatMap(RecordTime.milliseconds)
        else { throw Statement.damaged("it is no signature of this format") }
        self.signed = signed
        self.time = time
        subjects = statement.subjects
        signature = try SSHSignature(parsing: text)
    }
}
