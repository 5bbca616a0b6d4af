import ArgumentParser
import TenonAPI

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that bytes are what pointers say.",
        discussion: """
            Reads and hashes everything again. Of a remote it looks whether all that the commits need is there: listed, indexed and as long as it \
            should be; with --read or --sample by reading and hashing it. Exits with 1 if anything is not as it should be.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "What the store holds for the commits (default).")
    var stored = false

    @Flag(help: "What lies in the work tree.")
    var workTree = false

    @Option(help: ArgumentHelp("What a remote holds for the commits.", valueName: "name"))
    var remote: String?

    @Flag(help: "With --remote: read and hash everything there.")
    var read = false

    @Option(help: ArgumentHelp("With --remote: read and hash this part of it, such as 5%.", valueName: "percent"))
    var sample: Percentage?

    @Option(help: ArgumentHelp("With --sample: draw the sample that this number draws.", valueName: "number"))
    var seed: UInt32?

    @Option(name: .letter("j"), help: ArgumentHelp("With --remote: so many transfers at the same time; 0: as many as suits.", valueName: "number"))
    var jobs = 0

    @Flag(help: "The rules of tenon.yaml. A commit is judged by all that it binds; those of a range A..B, or with --all, each by what it changes.")
    var policy = false

    @Option(help: ArgumentHelp("With --policy: take the rules of this commit, not those of the work tree.", valueName: "rev"))
    var rules: String?

    @Option(help: ArgumentHelp("With --policy: also write what was found as JUnit's XML.", valueName: "file"))
    var junit: PathArgument?

    @Flag(help: "Whether what commits bind is signed, by 'tenon attest', with keys that count.")
    var attestations = false

    @Option(
        help: ArgumentHelp(
            "With --attestations: whose keys count, not as gpg.ssh.allowedSignersFile of Git's configuration has it.", valueName: "file"))
    var allowedSigners: PathArgument?

    @Option(help: ArgumentHelp("With --attestations: take the signatures of this file (JSON lines), not the stored ones.", valueName: "file"))
    var bundle: PathArgument?

    @Option(
        help: ArgumentHelp("With --attestations: keys must have been valid at this time, YYYYMMDD[HHMM[SS]][Z]; without it, now.", valueName: "time"))
    var verifyTime: String?

    @Flag(help: "Every commit reachable from any ref.")
    var all = false

    @Argument(help: ArgumentHelp("The commits to prove; HEAD if there is none.", valueName: "rev"))
    var revisions: [String] = []

    func validate() throws {
        if [stored, workTree, remote != nil, policy, attestations].count(where: \.self) > 1 {
            throw ValidationError("--stored, --work-tree, --remote, --policy and --attestations exclude each other")
        }
        if !attestations && (allowedSigners != nil || bundle != nil || verifyTime != nil) {
            throw ValidationError("--allowed-signers, --bundle and --verify-time go with --attestations")
        }
        if let verifyTime, !verifyTime.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "Z") }) {
            throw ValidationError("--verify-time is YYYYMMDD[HHMM[SS]][Z]")
        }
        if !policy && (rules != nil || junit != nil) { throw ValidationError("--rules and --junit go with --policy") }
        if workTree && (all || !revisions.isEmpty) { throw ValidationError("--work-tree takes no revision") }
        if all && !revisions.isEmpty { throw ValidationError("--all takes no revision") }
        if remote == nil && (read || sample != nil || jobs != 0) { throw ValidationError("--read, --sample and --jobs go with --remote") }
        if read && sample != nil { throw ValidationError("--read and --sample exclude each other") }
        if seed != nil && sample == nil { throw ValidationError("--seed goes with --sample") }
        if jobs < 0 { throw ValidationError("--jobs can't be negative") }
    }

    func run() throws {
        if policy { return try checkPolicy() }
        if attestations { return try checkAttestations() }
        let session = try Session(common)
        let commits = try all || workTree ? [] : (revisions.isEmpty ? ["HEAD"] : revisions).map(session.resolve)
        let proof = remote.map {
            RemoteProof(name: $0, readShare: read ? 1 : sample?.share, seed: seed, jobs: jobs, environment: session.transferEnvironment)
        }
        let scope = workTree ? VerifyRequest.Scope.workTree : proof == nil ? .stored : .remote
        let reply = try session.report(
            VerifyRequest(workTree: session.workTree, scope: scope, commits: commits, all: all, remote: proof),
            item: { Array(CareText.finding($0, of: remote.map { "'\(displayName($0.utf8))'" } ?? "the store", $1).utf8) },
            reply: { CareText.summary($0, scope: scope, $1) })
        if reply.findings > 0 { throw ExitCode(1) }
    }
}
