import TenonAPI
import Testing

struct AttestationEnvelopeTests {
    private let envelope = AttestationEnvelope(
        payload: Array("{}".utf8),
        signatures: [.init(key: "SHA256:a", text: "one\n"), .init(key: "SHA256:b", text: "two\n"), .init(key: "SHA256:a", text: "x")])

    @Test func `a line is a DSSE envelope, each key once`() throws {
        let line = envelope.line
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"SHA256:a","sig":"b25lCg=="},"#
                + #"{"keyid":"SHA256:b","sig":"dHdvCg=="}]}"# + "\n")
        let read = try AttestationEnvelope(parsing: line.dropLast())
        #expect(read.payload == envelope.payload)
        #expect(read.signatures == Array(envelope.signatures.prefix(2)))
    }

    @Test func `what is signed is the pre-authentication encoding`() {
        #expect(String(decoding: envelope.signedBytes, as: UTF8.self) == "DSSEv1 28 application/vnd.in-toto+json 2 {}")
    }

    @Test func `whatever is cut short is refused`() {
        let line = envelope.line.dropLast()
        for length in 0..<line.count { #expect(throws: TenonError.self) { try AttestationEnvelope(parsing: line.prefix(length)) } }
    }
}
