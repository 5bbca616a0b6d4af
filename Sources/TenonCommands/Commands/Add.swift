import ArgumentParser
import TenonAPI

struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Store files or directories and track them.",
        discussion: """
            Stores the bytes, writes and stages a pointer PATH.tenon for Git, and adds PATH to .gitignore. On a path that is tracked already: takes \
            its new state. With --adopt, PATH may be one that Git or Git LFS tracks: it leaves Git's index, and Git's history keeps the old bytes.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(name: .shortAndLong, help: "Take the new state of every tracked artifact that changed (at or below PATH).")
    var update = false

    @Flag(name: [.customShort("n"), .long], help: "Say what would be stored, and store nothing.")
    var dryRun = false

    @Flag(help: "Take over what Git or Git LFS tracks at PATH.")
    var adopt = false

    @Argument(help: ArgumentHelp("Files or directories.", valueName: "path"))
    var paths: [PathArgument] = []

    func run() throws {
        // Not in `validate`, which would speak before an unknown option is told of.
        if paths.isEmpty && !update { throw ValidationError("name what to add, or use --update for every tracked artifact") }
        if adopt && update { throw ValidationError("--adopt and --update exclude each other") }
        let session = try Session(common)
        let selected = try update ? session.paths.scope(paths) : session.paths.artifacts(paths)
        let request = AddRequest(workTree: session.workTree, paths: selected, update: update, dryRun: dryRun, adopt: adopt ? true : nil)
        try session.report(request) { TrackingText.render($0, dryRun: dryRun, $1) }
    }
}
