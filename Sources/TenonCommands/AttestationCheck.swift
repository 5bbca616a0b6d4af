import Glibc
import TenonAPI
import TenonClient

/// One check of attestations: which statements are signed by whom, and what is wrong with the others.
final class AttestationCheck {
    /// An artifact that is not attested.
    struct Finding: Encodable {
        enum Problem: String, Encodable {
            /// What should be signed is not here.
            case missing
            /// Nobody has signed it.
            case unsigned
            /// Somebody has, whose signature does not count.
            case untrusted
        }

        var problem: Problem
        var path: WirePath
        var commit: String
        var cause: String
        var remedy: String
    }

    /// What `--json` prints.
    struct Report: Encodable {
        var items: [Finding]
        var commits: Int
        var artifacts: Int
        var statements: Int
        /// Who signed what counts.
        var signers: [String]
        var findings: Int
    }

    private enum Verdict {
        case signed
        case unsigned
        case untrusted(key: String, cause: String)
    }

    private let scratch: ScratchDirectory
    private let program: SignatureProgram
    private let trust: SignatureProgram.Trust
    /// Signatures that were handed in, by what they sign; `nil`: the stored ones count.
    private let bundle: [[UInt8]: [AttestationEnvelope.Signature]]?
    private var verdicts: [String: Verdict] = [:]
    private var signers: Set<String> = []
    private var findings: [Finding] = []

    init(_ session: Session, allowedSigners: PathArgument?, time: String?, bundle: PathArgument?) throws {
        let configuration = SigningConfiguration(environment: session.environment, topLevel: session.workTree.topLevel.bytes)
        trust = SignatureProgram.Trust(
            allowedSigners: try allowedSigners.map { try session.absolute($0).bytes } ?? configuration.allowedSigners(),
            revocations: try configuration.revocations(), time: time)
        guard access(trust.allowedSigners.zeroTerminated, R_OK) == 0 else {
            throw TenonError(
                .notFound, "signatures can't be checked", cause: "the file of allowed signers '\(displayName(trust.allowedSigners))' can't be read")
        }
        self.bundle = try bundle.map(AttestationCheck.read)
        scratch = try ScratchDirectory("verify")
        program = SignatureProgram(
            environment: session.environment, program: try configuration.program(), directory: scratch.work, namespace: AttestationEnvelope.namespace)
    }

    func finish() { scratch.remove() }

    private static func read(_ path: PathArgument) throws -> [[UInt8]: [AttestationEnvelope.Signature]] {
        var result: [[UInt8]: [AttestationEnvelope.Signature]] = [:]
        for (number, line) in try SmallFile.lines(path, limit: 256 << 20).enumerated() {
            let envelope = try AttestationCheck.envelope(line, "line \(number + 1) of '\(path)'")
            result[envelope.payload, default: []] += envelope.signatures
        }
        return result
    }

    private static func envelope(_ line: ArraySlice<UInt8>, _ place: String) throws(TenonError) -> AttestationEnvelope {
        do {
            return try AttestationEnvelope(parsing: line)
        } catch {
            throw TenonError(error.code, error.message, cause: "\(place): \(error.cause ?? error.message)", hint: error.hint)
        }
    }

    func take(_ statement: AttestedStatement) throws {
        let envelope = statement.envelope
        let signatures = bundle.map { $0[envelope.payload] ?? [] } ?? envelope.signatures
        var verdict = Verdict.unsigned
        for signature in signatures {
            let found = try self.verdict(on: signature, of: envelope.signedBytes)
            // One that counts is enough.
            if case .signed = verdict { continue }
            verdict = found
        }
        verdicts[statement.record] = verdict
    }

    private func verdict(on signature: AttestationEnvelope.Signature, of message: [UInt8]) throws(TenonError) -> Verdict {
        do {
            signers.insert(try program.signer(of: message, signature: signature.text, trust: trust))
            return .signed
        } catch {
            guard error.code == .permission else { throw error }
            return .untrusted(key: signature.key, cause: error.cause ?? error.message)
        }
    }

    /// What is wrong with an artifact; `nil`: it is attested.
    func finding(of artifact: AttestedArtifact) -> Finding? {
        var found = Finding(
            problem: .unsigned, path: artifact.path, commit: artifact.commit, cause: "nobody has signed what is recorded of it",
            remedy: "tenon attest \(artifact.commit.prefix(12)), by somebody whose key counts")
        if let detail = artifact.detail {
            found.problem = .missing
            found.cause = detail
            found.remedy = "tenon fetch, where a remote has it"
        }
        for record in artifact.records {
            switch verdicts[record] {
            case .signed: return nil
            case .untrusted(let key, let cause):
                found.problem = .untrusted
                found.cause = "the signature by \(key) does not count: \(cause)"
            case .unsigned, nil: break
            }
        }
        findings.append(found)
        return found
    }

    func report(_ reply: AttestationsRequest.Reply) -> Report {
        Report(
            items: findings, commits: reply.commits, artifacts: reply.artifacts, statements: verdicts.count, signers: signers.sorted(),
            findings: findings.count)
    }
}
