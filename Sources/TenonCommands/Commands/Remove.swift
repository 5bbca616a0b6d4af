import ArgumentParser
import TenonAPI

struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Stop tracking artifacts and remove their data.",
        discussion: """
            Removes data, pointer and ignore line, and stages that. Data that no commit of late has is listed by 'tenon recover'; data that is \
            stored nowhere is refused.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Leave the data where it is, as 'tenon untrack' does.")
    var cached = false

    @Flag(name: .shortAndLong, help: "Remove data that is stored nowhere, too; it is saved first.")
    var force = false

    @Flag(name: [.customShort("n"), .long], help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    @Argument(help: ArgumentHelp("Tracked files or directories.", valueName: "path"))
    var paths: [PathArgument]

    func validate() throws {
        if cached && (force || dryRun) { throw ValidationError("--cached goes with neither --force nor --dry-run") }
    }

    func run() throws {
        let session = try Session(common)
        let artifacts = try session.paths.artifacts(paths)
        if cached {
            try session.report(UntrackRequest(workTree: session.workTree, paths: artifacts), reply: TrackingText.render)
        } else {
            let request = RemoveRequest(workTree: session.workTree, paths: artifacts, force: force, dryRun: dryRun)
            try session.report(request) { RelocatingText.render($0, dryRun: dryRun, $1) }
        }
    }
}
