import ArgumentParser
import TenonAPI

struct Fsck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck",
        abstract: "Check the store.",
        discussion: """
            Exits with 1 if anything is not as it should be. With --repair, what was lost here is fetched from the remotes of the work tree, the \
            default first, and what of the commits' data a remote has lost is stored there again; then it exits with 1 if anything stays as it is.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Decode and hash every chunk; with --repair on remotes, too.")
    var read = false

    @Flag(help: "Make catalog and index anew from the packs.")
    var rebuild = false

    @Flag(help: "Heal the store from remotes, and remotes from the store.")
    var repair = false

    @Option(name: .letter("j"), help: ArgumentHelp("With --repair: so many transfers at the same time; 0: as many as suits.", valueName: "number"))
    var jobs = 0

    func validate() throws {
        if jobs < 0 { throw ValidationError("--jobs can't be negative") }
        if jobs > 0 && !repair { throw ValidationError("--jobs goes with --repair") }
    }

    func run() throws {
        let reply =
            try repair ? healed() : DaemonSession(common).report(FsckRequest(read: read, rebuild: rebuild), item: line, reply: CareText.summary)
        if reply.repair?.remaining ?? reply.findings > 0 { throw ExitCode(1) }
    }

    private func healed() throws -> FsckRequest.Reply {
        let session = try Session(common)
        let repair = FsckRepair(workTree: session.workTree, jobs: jobs, environment: session.transferEnvironment)
        return try session.report(FsckRequest(read: read, rebuild: rebuild, repair: repair), item: line, reply: CareText.summary)
    }

    private func line(_ finding: FsckFinding, _ presentation: Presentation) -> [UInt8] { Array(CareText.finding(finding, presentation).utf8) }
}
