import ArgumentParser
import TenonAPI

struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Store files or directories and track them.",
        discussion: """
            Stores the bytes, writes and stages a pointer PATH.tenon for Git, and adds PATH to .gitignore. On a path that is tracked already: takes \
            its new state.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(name: .shortAndLong, help: "Take the new state of every tracked artifact that changed (at or below PATH).")
    var update = false

    @Flag(name: [.customShort("n"), .long], help: "Say what would be stored, and store nothing.")
    var dryRun = false

    @Argument(help: ArgumentHelp("Files or directories.", valueName: "path"))
    var paths: [PathArgument] = []

    func run() throws {
        // Not in `validate`, which would speak before an unknown option is told of.
        if paths.isEmpty && !update { throw ValidationError("name what to add, or use --update for every tracked artifact") }
        let session = try Session(common)
        let selected = try update ? session.paths.scope(paths) : session.paths.artifacts(paths)
        let request = AddRequest(workTree: session.workTree, paths: selected, update: update, dryRun: dryRun)
        try session.report(request) { TrackingText.render($0, dryRun: dryRun, $1) }
    }
}
