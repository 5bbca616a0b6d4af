import ArgumentParser
import TenonAPI

struct Move: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mv", abstract: "Move artifacts, or directories that hold some.",
        discussion: """
            Moves data, pointer and ignore line, and stages it. If DESTINATION is a directory, the sources come to lie in it. A directory moves \
            with everything in it, as with 'git mv'. Data is renamed, never copied.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would be moved, and move nothing.")
    var dryRun = false

    @Argument(help: ArgumentHelp("Artifacts or directories, then where to.", valueName: "path"))
    var paths: [PathArgument]

    func run() throws {
        guard let last = paths.last, paths.count >= 2 else { throw ValidationError("name what to move, then where to") }
        let session = try Session(common)
        let request = MoveRequest(
            workTree: session.workTree, sources: try session.paths.artifacts(Array(paths.dropLast())),
            destination: try session.paths.resolve(last), intoDirectory: last.bytes.last == UInt8(ascii: "/"), dryRun: dryRun)
        try session.report(request) { RelocatingText.render($0, dryRun: dryRun, $1) }
    }
}
