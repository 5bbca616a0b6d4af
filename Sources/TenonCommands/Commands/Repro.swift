import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct Repro: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repro",
        abstract: "Bring the stages of the pipeline up to date.",
        discussion: """
            Runs what is stale, each stage behind those that it needs, and records each as 'tenon run' does. A stage is up to date when a recorded run with \
            the same command, inputs, parameters and outputs made what lies there. Where such a run made something else, that is restored, from a \
            remote if need be, and nothing runs.

            What a stage made before is taken away before it runs ('tenon recover' has what no commit names). A stage that fails stops those that need it, and no \
            others; then the exit status is 2.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would run, and why.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Run the stages whatever is known of them.")
    var force = false

    @Flag(help: "The stages that are named and those that need them, without what they need.")
    var downstream = false

    @Flag(help: "Only the stages that are named.")
    var single = false

    @Option(name: .letter("j"), help: ArgumentHelp("How many stages may run at the same time.", valueName: "number"))
    var jobs = 1

    @Argument(help: ArgumentHelp("What to bring up to date, with all that it needs; all stages if none is named.", valueName: "stage"))
    var stages: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var file: WirePath
        var stages: [StageResult]
    }

    func validate() throws {
        if !(1...1000).contains(jobs) { throw ValidationError("--jobs is a number from 1 to 1000") }
        if downstream, single { throw ValidationError("--downstream and --single exclude each other") }
        if (downstream || single) && stages.isEmpty { throw ValidationError("name a stage with --downstream or --single") }
    }

    func run() throws {
        let session = try Session(common)
        let request = PipelineRequest(
            workTree: session.workTree, stages: stages, extent: single ? .single : downstream ? .downstream : .upstream, judges: true, isForced: force
        )
        if dryRun {
            try session.report(request) { PipelineText.plan($0, $1) }
            return
        }
        let reply = try session.perform(request)
        let sink = ConsoleSink(console: session.console, presentation: session.presentation, stages: reply.stages)
        var runner = session.stageRunner(sink)
        runner.jobs = jobs
        runner.isForced = force
        let isQuiet = !force && reply.stages.allSatisfy { $0.verdict == .fresh || $0.verdict == .frozen }
        if !isQuiet { runner.signals = try SignalRelay() }
        let results = try runner.run(reply.stages)
        if session.console.isJSON {
            try session.console.document(Report(file: reply.file, stages: results))
        } else {
            session.console.text(PipelineText.summary(results))
        }
        session.console.flush()
        if runner.isInterrupted { throw ExitCode(Interruption.exitStatus) }
        if results.contains(where: { !$0.isDone }) { throw ExitCode(2) }
    }
}
