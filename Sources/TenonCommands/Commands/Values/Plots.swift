import ArgumentParser
import Glibc
import TenonAPI

struct Plots: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plots",
        abstract: "Draw metrics, experiments and curves as one HTML page.",
        usage: "tenon plots [<options>] [<rev> ...] [--] [<file> ...]",
        discussion: """
            Curves and confusion matrices of the revisions are drawn over one another or side by side: of the work tree and HEAD, where none is named. Metrics are drawn over \
            the last commits of the first revision, and experiments as points and lines among all experiments. Files are those given, else those that stages declare. The \
            page needs no network and no scripts.
            """)

    @OptionGroup var common: CommonOptions

    @Option(name: .letter("o"), help: ArgumentHelp("Where the page is written; '-' for standard output.", valueName: "file"))
    var output: PathArgument = PathArgument(bytes: Array("tenon-plots.html".utf8))

    @Option(name: .letter("n", "max-count"), help: ArgumentHelp("Metrics over so many commits.", valueName: "number"))
    var maximum: Int = 50

    @Flag(inversion: .prefixedNo, help: "Draw experiments.")
    var experiments = true

    @Option(name: .customShort("x", allowingJoined: true), help: ArgumentHelp("Column of the horizontal axis.", valueName: "column"))
    var x: String?

    @Option(name: .customShort("y", allowingJoined: true), help: ArgumentHelp("Column to draw; as often as wanted.", valueName: "column"))
    var y: [String] = []

    @Option(help: ArgumentHelp("How data is drawn: linear, scatter, confusion, confusion_normalized.", valueName: "template"))
    var template: String?

    @Option(help: ArgumentHelp("Metric by which experiments are coloured and the best is told.", valueName: "metric"))
    var by: String?

    @Flag(exclusivity: .exclusive, help: "Whether the best is the lowest or the highest; found out by the metric's name.")
    var best: BestValue?

    @Option(help: ArgumentHelp("Title of the page.", valueName: "text"))
    var title: String?

    @Argument(help: ArgumentHelp("Revisions, then files.", valueName: "rev or file"), completion: .file())
    var words: [String] = []

    func validate() throws {
        if maximum < 0 { throw ValidationError("--max-count can't be negative") }
        if output.bytes.isEmpty { throw ValidationError("--output is empty") }
        if writesToOutput && common.json { throw ValidationError("--json and '-o -' exclude each other") }
    }

    private var writesToOutput: Bool { output.bytes == [UInt8(ascii: "-")] }

    func run() throws {
        let session = try Session(common)
        let source = ValueRevisions(session)
        let (named, files) = try source.split(words)
        let head = try source.resolve("HEAD")
        var revisions = named
        if named.isEmpty {
            revisions.append(.workTree)
            if let head { revisions.append(NamedRevision(name: "HEAD", commit: head)) }
        }
        var history: [NamedRevision] = []
        if maximum > 0, let start = named.first?.commit ?? head {
            history = try source.list(["--first-parent", start], limit: maximum).reversed()
            if named.isEmpty { history.append(.workTree) }
        }
        let directory = session.workTree.topLevel.bytes.split(separator: UInt8(ascii: "/")).last ?? []
        let reply = try session.perform(
            PlotsRequest(
                workTree: session.workTree, title: title ?? displayName(directory), revisions: revisions, history: history,
                experiments: experiments ? try source.experiments() : [], files: try session.paths.artifacts(files), x: x, y: y, template: template,
                by: by, prefersLowest: best.map { $0 == .lowest }))
        if writesToOutput {
            OutputStream.write(reply.html.utf8, to: STDOUT_FILENO)
        } else {
            try SmallFile.replace(output, with: Array(reply.html.utf8))
            try session.console.report(PlotsReport(reply, file: output)) { PlotsText.render($0, session.presentation) }
        }
        for problem in reply.problems { session.console.progress.warn(problem) }
    }
}
