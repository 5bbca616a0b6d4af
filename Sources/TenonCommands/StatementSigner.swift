import TenonAPI
import TenonClient

/// Signs statements with the person's SSH key and has the signatures stored.
struct StatementSigner {
    private let session: Session
    private let scratch: ScratchDirectory
    private let program: SignatureProgram
    private let key: SigningKey
    /// The fingerprint of the key.
    let fingerprint: String

    /// Finds the key: nothing is done yet where there is none.
    ///
    /// - Parameter file: a file with the key; `nil`: the one that Git signs with.
    init(_ session: Session, key file: PathArgument?) throws {
        let configuration = SigningConfiguration(environment: session.environment, topLevel: session.workTree.topLevel.bytes)
        key = try file.map { SigningKey.file(try session.absolute($0).bytes) } ?? configuration.key()
        self.session = session
        scratch = try ScratchDirectory("sign")
        program = SignatureProgram(
            environment: session.environment, program: try configuration.program(), directory: scratch.work, namespace: AttestationEnvelope.namespace)
        do {
            fingerprint = try program.fingerprint(of: key)
        } catch {
            scratch.remove()
            throw error
        }
    }

    func finish() { scratch.remove() }

    /// Signs those that this key has not signed yet. Returns all with their signatures, and which are new.
    func sign(_ statements: [AttestedStatement]) throws -> [(statement: AttestedStatement, isNew: Bool)] {
        var result: [(statement: AttestedStatement, isNew: Bool)] = []
        for statement in statements { result.append((statement, try !isSigned(statement))) }
        let places = result.indices.filter { result[$0].isNew }
        guard !places.isEmpty else { return result }
        let texts = try program.sign(places.map { result[$0].statement.envelope.signedBytes }, with: key)
        _ = try session.perform(
            SignRequest(
                workTree: session.workTree, signatures: zip(places, texts).map { MadeSignature(record: result[$0].statement.record, text: $1) },
                time: Clock.now()))
        for (place, text) in zip(places, texts) {
            result[place].statement.signatures.append(AttestedStatement.Signature(key: fingerprint, text: text))
        }
        return result
    }

    /// Whether a signature by this key is there, and right: what says that it is by this key may be by anybody.
    private func isSigned(_ statement: AttestedStatement) throws -> Bool {
        for signature in statement.signatures where signature.key == fingerprint {
            if try program.matches(statement.envelope.signedBytes, signature: signature.text) { return true }
        }
        return false
    }
}

extension AttestedStatement {
    /// The statement as other tools read it.
    var envelope: AttestationEnvelope {
        AttestationEnvelope(
            payload: Array(payload.utf8), signatures: signatures.map { AttestationEnvelope.Signature(key: $0.key, text: $0.text) })
    }
}
