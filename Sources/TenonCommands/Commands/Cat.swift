import ArgumentParser
import TenonAPI

struct Cat: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Print a file's bytes, at any commit.",
        discussion: """
            The file may be an artifact or lie inside one. The path in REV:PATH is relative to the top of the repository unless it starts with './' or \
            '../'.
            """)

    @OptionGroup var output: OutputOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only bytes A to B, both included, counted from 0; A- from A on; -N the last N.", valueName: "A-B"))
    var range: ByteRange?

    @Argument(help: ArgumentHelp("The file.", valueName: "[rev:]path"))
    var target: RevisionPath

    func run() throws {
        let session = try Session(output.settings)
        let (commit, path) = try session.place(target)
        try session.copyToOutput(
            CatRequest(
                workTree: session.workTree, commit: commit, path: path, start: range?.start, end: range?.end, environment: session.transferEnvironment
            ))
    }
}
