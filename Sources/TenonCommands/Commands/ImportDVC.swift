import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct ImportDVC: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dvc", abstract: "Make artifacts of what DVC keeps, and stages of its pipeline.",
        discussion: """
            Data that .dvc files and dvc.lock name becomes artifacts: what lies in the work tree as DVC has recorded it, by its MD5, and what does not from \
            DVC's cache. The pointers are staged. The stages of the dvc.yaml at the top are written into tenon.yaml. What can't be imported is told, the rest \
            is imported, and the exit status is 2. Nothing of DVC's is changed or removed without --remove.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("DVC's cache, where it is not where DVC's configuration has it.", valueName: "dir"))
    var cache: PathArgument?

    @Flag(help: "Leave the pipeline in dvc.yaml, which is read as it is.")
    var noStages = false

    @Flag(help: "Remove the files of DVC that are not needed any more: .dvc files, and dvc.yaml and dvc.lock where the stages were converted.")
    var remove = false

    @Flag(name: [.customShort("n"), .long], help: "Say what would be imported, and change nothing.")
    var dryRun = false

    @Argument(help: ArgumentHelp("Only data at or below these, or of these .dvc files.", valueName: "path"))
    var paths: [PathArgument] = []

    func run() throws {
        let session = try Session(common)
        let request = ImportRequest(
            workTree: session.workTree, cache: try cache.map { try session.absolute($0) }, paths: try session.paths.scope(paths),
            convertsStages: !noStages, removes: remove, dryRun: dryRun)
        let reply = try session.report(request) { ImportText.render($0, isDryRun: dryRun, $1) }
        let style = Console.style(common.color, for: STDERR_FILENO)
        for problem in reply.problems { OutputStream.write(ErrorText.text(problem, style: style).utf8, to: STDERR_FILENO) }
        if !reply.problems.isEmpty { throw ExitCode(2) }
    }
}
