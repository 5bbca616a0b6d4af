import ArgumentParser
import TenonAPI

struct Untrack: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "untrack", abstract: "Stop tracking artifacts and leave their bytes where they are.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("Tracked files or directories.", valueName: "path"))
    var paths: [PathArgument]

    func run() throws {
        let session = try Session(common)
        try session.report(
            UntrackRequest(workTree: session.workTree, paths: session.paths.artifacts(paths)), reply: TrackingText.render)
    }
}
