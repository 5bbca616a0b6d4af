import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// One `verify`: what it has gone through, and what it found.
struct Verification {
    let job: Job<VerifyRequest>
    private(set) var reply = VerifyRequest.Reply(commits: 0, artifacts: 0, files: 0, bytes: 0, findings: 0)
    private var memo = VerifyMemo()

    init(job: Job<VerifyRequest>) {
        self.job = job
    }

    /// What the store holds for commits: each distinct pointer once, named with the newest commit that binds it.
    mutating func stored(from commits: [GitObjectID], wholeHistory: Bool) throws {
        let job = job
        reply.commits = try job.tree.forEachBinding(from: commits, wholeHistory: wholeHistory) { binding in
            try job.checkCancellation()
            reply.artifacts += 1
            do {
                try prove(try job.tree.pointer(in: binding.blob), binding.artifact, commit: binding.commit.hex)
            } catch let error as TenonError where error.code == .corrupt || error.code == .unsupportedVersion {
                report(VerifyFinding(problem: .badPointer, artifact: WirePath(binding.artifact), commit: binding.commit.hex, detail: "\(error)"))
            }
        }
    }

    /// What no pointer names of the packs that hold it all.
    mutating func packs() throws {
        var findings: [StoreFinding] = []
        try job.store.verifyPacks(progress: job.sink) { findings.append($0) }
        for finding in findings { report(VerifyFinding(problem: .damaged, detail: "\(finding.subject): \(finding.detail)")) }
    }

    private mutating func prove(_ pointer: Pointer, _ artifact: RelativePath, commit: String?) throws {
        job.meter.begin(.verifying, artifact.description)
        reply.files += pointer.files ?? 1
        reply.bytes += pointer.size
        var findings: [VerifyFinding] = []
        try job.store.verify(pointer, memo: &memo, progress: job.sink) { found in
            findings.append(
                VerifyFinding(
                    problem: found.problem == .missing ? .missing : .damaged, artifact: WirePath(artifact), commit: commit,
                    file: found.file.map { WirePath(bytes: $0) }, chunk: found.chunk?.description, detail: found.detail))
        }
        for finding in findings { report(finding) }
    }

    /// What lies in the work tree, read again from disk whatever the stat cache says.
    mutating func workTree() throws {
        for record in try Survey(job.tree).records where record.isNamed {
            try job.checkCancellation()
            reply.artifacts += 1
            let path = WirePath(record.path)
            if case .damaged(let error) = record.pointerFile {
                report(VerifyFinding(problem: .badPointer, artifact: path, detail: "\(error)"))
                continue
            }
            guard let pointer = record.pointerFile.pointer else { continue }
            job.meter.begin(.verifying, record.path.description)
            do {
                switch try job.store.read(try job.tree.place(record.path), progress: job.sink) {
                case .absent:
                    report(VerifyFinding(problem: .missing, artifact: path, detail: "nothing lies in the work tree"))
                case .present(let content):
                    reply.files += content.files ?? 1
                    reply.bytes += content.size
                    let data = try Pointer(content)
                    if !data.sameContent(as: pointer) { try reportDifference(record.path, pointer, data) }
                }
            } catch let error as TenonError where error.code != .cancelled {
                report(VerifyFinding(problem: .differs, artifact: path, detail: "\(error)"))
            }
        }
    }

    private mutating func reportDifference(_ artifact: RelativePath, _ pointer: Pointer, _ data: Pointer) throws {
        report(
            VerifyFinding(
                problem: .differs, artifact: WirePath(artifact),
                detail: "the pointer names \(pointer.oid) (\(pointer.size) bytes), the data is \(data.oid) (\(data.size) bytes)"))
    }

    private mutating func report(_ finding: VerifyFinding) {
        reply.findings += 1
        job.reporter.item(finding)
    }
}
