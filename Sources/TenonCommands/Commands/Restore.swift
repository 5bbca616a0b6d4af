import ArgumentParser
import TenonAPI

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring artifacts, or files inside one, to what a commit says.",
        discussion: """
            Makes artifacts as they are in HEAD, or in REV, whether they were modified or not; without a PATH, all of them. Where Git has moved the \
            pointer or a checkout was cut short, that move is finished; where the data is missing, what its pointer names is brought. What would be \
            lost is saved first; 'tenon recover' lists it.
            """)

    @OptionGroup var common: CommonOptions

    @Option(name: .letter("s"), help: ArgumentHelp("Take the artifacts of this commit.", valueName: "rev"))
    var source: String?

    @Option(help: ArgumentHelp("Write to this directory, over nothing that lies there, and leave the work tree alone.", valueName: "dir"))
    var to: PathArgument?

    @Flag(help: "In a conflict: take our side, of an artifact or of a file inside one.")
    var ours = false

    @Flag(help: "In a conflict: take their side, of an artifact or of a file inside one.")
    var theirs = false

    @Flag(help: "In a conflict: take what merges by itself, and ours where nothing does.")
    var merge = false

    @Flag(help: "Do not save what is overwritten.")
    var discard = false

    @Argument(help: ArgumentHelp("Artifacts, directories that hold some, or files inside one.", valueName: "path"))
    var paths: [PathArgument] = []

    func validate() throws {
        if [ours, theirs, merge].filter({ $0 }).count > 1 { throw ValidationError("--ours, --theirs and --merge exclude each other") }
        if (ours || theirs || merge) && (source != nil || to != nil) {
            throw ValidationError("--ours, --theirs and --merge go with neither --source nor --to")
        }
        if (ours || theirs) && paths.isEmpty { throw ValidationError("name the artifacts to take a side for") }
    }

    func run() throws {
        let session = try Session(common)
        let request = RestoreRequest(
            workTree: session.workTree, mode: merge ? .merge : .overwrite, paths: try session.paths.scope(paths),
            source: try source.map(session.resolve), side: ours ? .ours : theirs ? .theirs : nil, destination: try to.map(session.absolute),
            discard: discard, environment: session.transferEnvironment)
        let reply = try session.report(request, reply: MovingText.render)
        if !reply.failed.isEmpty {
            session.complain(of: reply.failed)
            throw ExitCode(2)
        }
    }
}
