import TenonCore
import Testing

@testable import TenonFormat

struct SignatureRecordTests {
    /// By `ssh-keygen -Y sign -n tenon` with an Ed25519 key.
    private static let text = """
        -----BEGIN SSH SIGNATURE-----
        U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgCQ1rW/ZBD7jBmkQ4u4J2XUSoQ/
        eyVfYYiEuX0u3qmykAAAAFdGVub24AAAAAAAAABnNoYTUxMgAAAFMAAAALc3NoLWVkMjU1
        MTkAAABA7LomXBfL3M+sKqnKOBfLlM2HH4CApyguDJiI0hPRtizPNgzEAoR6APe9g3p2wc
        zlqgN0slJtV5iReNdrvJIRDw==
        -----END SSH SIGNATURE-----

        """

    private func content(_ name: String) throws -> RecordedContent {
        RecordedContent(path: Array(name.utf8), pointer: .file(oid: OID(SHA256Hasher.hash(Array(name.utf8))), size: 3))
    }

    @Test func `a signature says whose it is and what for`() throws {
        let signature = try SSHSignature(parsing: SignatureRecordTests.text)
        #expect(signature.key == "SHA256:PbOqq96cCdWtNTrNzXN3AjDv45tkqEknaQ8HEqr3yf4")
        #expect(signature.namespace == "tenon")
        #expect(signature.text == SignatureRecordTests.text)
    }

    @Test(arguments: [
        "", "x", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAgAAADM=\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----\n", String(text.dropLast(40)),
        text.replacing("U1NI", with: "U1N?"), String(repeating: "A", count: 40_000),
    ])
    func `what is no signature is refused`(text: String) {
        #expect(throws: TenonError.self) { try SSHSignature(parsing: text) }
    }

    @Test func `a signature of a record is a record about the same content`() throws {
        let signed = BindingRecord(commit: String(repeating: "a", count: 40), contents: [try content("a"), try content("b")], time: 1000).statement
        let id = RunID(SHA256Hasher.hash(signed.bytes))
        let record = SignatureRecord(of: signed, id: id, signature: try SSHSignature(parsing: SignatureRecordTests.text), time: 5)
        let read = try Statement(parsing: record.statement.bytes)
        #expect(read.links == signed.links)
        #expect(read.time == 5)
        #expect(try SignatureRecord(read) == record)
        #expect(try SignatureRecord(signed) == nil)
        var forged = read
        forged.predicate = .object(["statement": .string("sha256:x"), "signature": .string(""), "recordedOn": .string("")])
        #expect(throws: TenonError.self) { try SignatureRecord(forged) }
    }

    @Test func `what a commit binds is a function of the commit`() throws {
        let record = BindingRecord(commit: String(repeating: "a", count: 40), contents: [try content("a")], time: 1_000_000)
        #expect(record.statement.bytes == record.statement.bytes)
        #expect(record.statement.time == 1_000_000)
        #expect(try Statement(parsing: record.statement.bytes).subjects.first?.name == "a")
    }
}
