import ArgumentParser
import TenonAPI

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List artifacts, or the files of a directory artifact, at any commit.",
        discussion: """
            As in Git, PATH is relative to where you stand, and the path in REV:PATH to the top of the repository unless it starts with './' or '../'.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(name: .customLong("sha256sum"), help: "Print files as sha256sum does; 'sha256sum -c' checks them.")
    var checksums = false

    @Argument(help: ArgumentHelp("What to list.", valueName: "[rev:]path"))
    var target: RevisionPath?

    func run() throws {
        let session = try Session(common)
        let (commit, path) = try session.place(target)
        var pending = [path]
        // Directory artifacts are listed by name only: their files come with a request of their own.
        while let next = pending.popLast() {
            try session.report(
                ListRequest(workTree: session.workTree, commit: commit, path: next),
                item: { entry, presentation in
                    guard checksums else { return ListText.entry(entry, presentation) }
                    if entry.kind == .tree, entry.path != next { pending.insert(entry.path, at: 0) }
                    return ListText.checksum(entry, presentation)
                },
                reply: { checksums ? "" : ListText.summary($0, $1) })
        }
    }
}
