/// A statement with its signatures, as other tools read it: DSSE, https://github.com/secure-systems-lab/dsse/blob/master/envelope.md.
package struct AttestationEnvelope: Sendable, Hashable {
    package struct Signature: Sendable, Hashable {
        /// The fingerprint of the key: a hint, and no more.
        package var key: String
        /// What `ssh-keygen -Y sign` wrote.
        package var text: String

        package init(key: String, text: String) {
            self.key = key
            self.text = text
        }
    }

    /// An in-toto statement.
    package static let payloadType = "application/vnd.in-toto+json"
    /// What signatures are made for, so that none made for something else counts: `-n` of `ssh-keygen -Y`.
    package static let namespace = "tenon"
    /// The longest line of a bundle that is taken: a statement in Base64, and signatures.
    package static let maximumLength = 8 << 20

    package var payload: [UInt8]
    package var signatures: [Signature]

    package init(payload: [UInt8], signatures: [Signature]) {
        self.payload = payload
        self.signatures = signatures
    }

    /// What is signed: DSSE's PAE, https://github.com/secure-systems-lab/dsse/blob/master/protocol.md.
    package var signedBytes: [UInt8] {
        let type = AttestationEnvelope.payloadType
        return Array("DSSEv1 \(type.utf8.count) \(type) \(payload.count) ".utf8) + payload
    }

    private struct Encoded: Codable {
        struct Signature: Codable {
            var keyid: String?
            var sig: String
        }

        var payload: String
        var payloadType: String
        var signatures: [Signature]
    }

    /// One line of JSON, with its line feed. Of several signatures by one key the first stands there: readers take a key once.
    package var line: [UInt8] {
        var keys: Set<String> = []
        let signatures = signatures.filter { keys.insert($0.key).inserted }
            // Base64 and a fingerprint need no escapes.
            .map { #"{"keyid":"\#($0.key)","sig":"\#(Base64.encode(Array($0.text.utf8)))"}"# }
        let start = #"{"payload":"\#(Base64.encode(payload))","payloadType":"\#(AttestationEnvelope.payloadType)","signatures":["#
        return Array((start + signatures.joined(separator: ",") + "]}\n").utf8)
    }

    /// Reads a line of a bundle. Throws `corrupt` for what is no envelope of an in-toto statement.
    package init(parsing line: some Collection<UInt8>) throws(TenonError) {
        func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "the envelope can't be read", cause: cause) }
        guard line.count <= AttestationEnvelope.maximumLength else { throw damaged("it is longer than \(AttestationEnvelope.maximumLength) bytes") }
        guard let encoded = try? WireCoding.decode(Encoded.self, from: line) else { throw damaged("it is no DSSE envelope, or was cut short") }
        guard encoded.payloadType == AttestationEnvelope.payloadType else {
            throw damaged("its payload is '\(displayName(encoded.payloadType.utf8.prefix(100)))', no in-toto statement")
        }
        guard let payload = Base64.decode(encoded.payload.utf8) else { throw damaged("its payload is no Base64") }
        self.payload = payload
        signatures = []
        for signature in encoded.signatures {
            guard let text = Base64.decode(signature.sig.utf8).flatMap({ String(validating: $0, as: UTF8.self) }) else {
                throw damaged("a signature in it is no SSH signature in Base64")
            }
            signatures.append(Signature(key: displayName((signature.keyid ?? "").utf8.prefix(100)), text: text))
        }
    }
}
