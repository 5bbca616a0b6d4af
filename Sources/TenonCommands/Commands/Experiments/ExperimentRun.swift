import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct ExperimentRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the pipeline, or a command, with other parameters.",
        usage: """
            tenon exp run [-S [<file>:]<key>=<value>[,<value>...] ...] [-j <number>] [--queue] [--name <name>] [<stage> ...]
            tenon exp run [-S ...] [-j <number>] [--queue] [--name <name>] [-d <dep> ...] [-o <out> ...] [-m <metrics> ...] -- <command> ...
            """,
        discussion: """
            With several values of a parameter, each is tried; with several such parameters, each combination. Values are set in the file, params.yaml if \
            none is named, in the trial's own copy, where comments and order stay.

            A trial that fails stops no other; then the exit status is 2. With --expect it is 0 if the condition holds, 1 if not, and 125 if a trial failed \
            or has no such value, as 'git bisect run' wants it.
            """)

    @OptionGroup var common: CommonOptions

    @Option(
        name: [.customShort("S"), .customLong("set")],
        help: ArgumentHelp("Set a parameter; several values make several trials; may be repeated.", valueName: "[file:]key=value"))
    var overrides: [OverrideArgument] = []

    @Option(name: .letter("j"), help: ArgumentHelp("How many trials may run at the same time.", valueName: "number"))
    var jobs = 1

    @Flag(help: "Run nothing now: 'tenon exp start' does.")
    var queue = false

    @Option(help: ArgumentHelp("What the experiment is called; of several, the beginning.", valueName: "name"))
    var name: String?

    @Flag(help: "Say what would run, how its data would come there, and how many bytes that takes.")
    var dryRun = false

    @Flag(name: .shortAndLong, help: "Run more than 1,000 trials without being asked.")
    var yes = false

    @Option(help: ArgumentHelp("What must hold of each result, such as 'accuracy >= 0.9'; may be repeated.", valueName: "condition"))
    var expect: [ExperimentCondition] = []

    @Option(
        name: [.customShort("d"), .customLong("input")],
        help: ArgumentHelp("Data that the command reads; all that the commit has if none is named; may be repeated.", valueName: "dep"))
    var inputs: [PathArgument] = []

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter to record: KEY=VALUE, FILE:KEY, or all that FILE holds; may be repeated.", valueName: "param"))
    var parameters: [ParameterArgument] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("What the command makes; may be repeated.", valueName: "out"))
    var outputs: [PathArgument] = []

    @Option(
        name: [.customShort("m"), .customLong("metrics")],
        help: ArgumentHelp("A file of numbers that the command writes; may be repeated.", valueName: "file"))
    var metrics: [PathArgument] = []

    @Argument(
        help: ArgumentHelp(
            "Stages to bring up to date, with all that they need; all stages if none is named. After '--', a command that is executed instead.",
            valueName: "stage"))
    var words: [String] = []

    private var stages: [String] { words.filter { !ArgumentEscape.isMarked($0) } }
    private var command: [String] { words.filter(ArgumentEscape.isMarked) }

    /// What `--json` prints.
    private struct Report: Encodable {
        var experiments: [ExperimentSummary]
    }

    /// What `--dry-run --json` prints.
    private struct Plan: Encodable {
        var trials: Int
        var inputs: [TrialInput]
    }

    func validate() throws {
        if !(1...1000).contains(jobs) { throw ValidationError("--jobs is a number from 1 to 1000") }
        if !command.isEmpty, !stages.isEmpty { throw ValidationError("stages are named, or a command is given, not both") }
        if command.isEmpty, !(inputs.isEmpty && outputs.isEmpty && metrics.isEmpty && parameters.isEmpty) {
            throw ValidationError("-d, -o, -m and -p go with a command; stages declare what they read and make")
        }
        if let reason = expect.compactMap(\.reasonToRefuse).first { throw ValidationError("--expect can't be judged: \(reason)") }
        if queue, !expect.isEmpty { throw ValidationError("--expect goes with trials that run now") }
        if let name, let reason = ExperimentName.reasonToRefuse(name) { throw ValidationError("the name '\(name)' can't be used: \(reason)") }
    }

    func run() throws {
        let session = try Session(common)
        let grid = try ExperimentGrid(overrides, session.paths)
        let trials = try grid.trials(isConfirmed: yes)
        let shelf = try ExperimentShelf(environment: session.environment)
        let scope = try self.scope(session)
        let prepared = try session.perform(TrialPrepareRequest(workTree: session.workTree, overrides: grid.values, scope: scope))
        if dryRun {
            try session.console.report(Plan(trials: trials.count, inputs: prepared.inputs)) {
                ExperimentText.plan($0.inputs, count: $0.trials, session.presentation)
            }
            return
        }
        let executor = try session.executor(shelf)
        let states = try enlist(trials, scope, prepared, shelf, session)
        try session.send(states, by: executor)
        if queue {
            let rows = states.map { ExperimentSummary($0, shelf: shelf) }
            try session.console.report(Report(experiments: rows)) { report in
                "\(Quantity.count(report.experiments.count, "experiment")) queued; 'tenon exp start' runs them\n"
            }
            return
        }
        let progress = ExperimentProgress(shelf: shelf, presentation: session.presentation, isQuiet: common.quiet, total: states.count)
        var waiting = states[...]
        var runner = ExperimentRunner(
            shelf: shelf, environment: session.environment, executor: executor, jobs: jobs, observer: progress
        ) { count, _ in
            defer { waiting = waiting.dropFirst(count) }
            return Array(waiting.prefix(count))
        }
        let isInterrupted = try runner.run()
        if session.console.isJSON { try session.console.document(Report(experiments: progress.ended)) }
        session.console.flush()
        if isInterrupted {
            if !waiting.isEmpty, !common.quiet {
                session.console.progress.warn("\(Quantity.count(waiting.count, "trial")) left in the queue: 'tenon exp start' goes on")
            }
            throw ExitCode(Interruption.exitStatus)
        }
        let others = states.count - progress.ended.count
        if others > 0, !common.quiet {
            session.console.progress.warn(
                "\(Quantity.count(others, "trial")) taken by a worker that runs already; 'tenon exp list' shows how far it is")
        }
        let isWhole = progress.ended.count == states.count && progress.ended.allSatisfy { $0.status == .done }
        if !expect.isEmpty {
            // 125 tells 'git bisect run' that this commit can't be judged.
            if !isWhole { throw ExitCode(125) }
            for row in progress.ended {
                guard let condition = expect.first(where: { !$0.isJudged(by: row) }) else { continue }
                let error = TenonError(
                    .notFound, "'\(displayName(condition.text.utf8))' can't be judged",
                    cause: "'\(displayName(row.name.utf8))' has no such number",
                    hint: "tenon exp show \(displayName(row.name.utf8)) lists what it has")
                OutputStream.write(ErrorText.text(error, style: Console.style(common.color, for: STDERR_FILENO)).utf8, to: STDERR_FILENO)
                throw ExitCode(125)
            }
            let holds = progress.ended.allSatisfy { row in expect.allSatisfy { $0.holds(for: row) } }
            throw ExitCode(holds ? 0 : 1)
        }
        if !isWhole { throw ExitCode(2) }
    }

    private func scope(_ session: Session) throws -> TrialScope {
        guard !command.isEmpty else { return TrialScope(stages: stages) }
        let made = try session.paths.artifacts(outputs)
        return TrialScope(inputs: inputs.isEmpty ? nil : try session.paths.artifacts(inputs), outputs: made)
    }

    /// Writes the experiments down, with the code that they start from.
    private func enlist(
        _ trials: [[ParameterOverride]], _ scope: TrialScope, _ prepared: TrialPrepareRequest.Reply, _ shelf: ExperimentShelf, _ session: Session
    ) throws -> [ExperimentState] {
        let present = shelf.all()
        guard present.count + trials.count <= ExperimentShelf.maximumCount else {
            throw TenonError(
                .invalidArgument, "the queue is full", cause: "it has \(Quantity.count(present.count, "experiment"))",
                hint: "tenon exp remove --failed")
        }
        var taken = Set(present.map(\.name))
        taken.formUnion(try ExperimentCatalog(environment: session.environment).entries().map(\.name))
        let now = Clock.now()
        let group = trials.count > 1 ? name ?? ExperimentName.invented(taken: taken) : nil
        if let name, trials.count == 1, taken.contains(name) {
            throw TenonError(.conflict, "there is an experiment '\(name)' already", hint: "take another name, or remove it: tenon exp remove \(name)")
        }
        let first = ExperimentShelf.newID(time: now)
        try shelf.makeDirectory()
        let code = try CodeSnapshot.take(
            session.workTree, environment: session.environment, leavingOut: prepared.leftOut, scratch: shelf.scratch(first, "index"))
        for path in prepared.leftOut {
            session.console.progress.warn(
                "'\(path)' is not in the trials: it is larger than policy.max-git-file; tenon add \(path) makes it an artifact")
        }
        try TrialReferences(shelf: shelf, environment: session.environment).keep(code.snapshot)
        let width = String(trials.count).count
        var states: [ExperimentState] = []
        for (place, trial) in trials.enumerated() {
            let number = String(place + 1)
            let base =
                group.map { "\($0)-\(String(repeating: "0", count: width - number.count))\(number)" } ?? name ?? ExperimentName.invented(taken: taken)
            let own = ExperimentName.free(base, taken: taken)
            taken.insert(own)
            let state = ExperimentState(
                id: ExperimentShelf.newID(time: now + UInt64(place)), name: own, group: group, commit: code.commit, snapshot: code.snapshot,
                prefix: session.workTree.prefix, overrides: trial, scope: scope,
                parameters: try parameters.map { try $0.resolved(session.paths) }, metrics: try session.paths.artifacts(metrics),
                command: command.isEmpty ? nil : command.map { WirePath(bytes: ArgumentEscape.bytes(of: $0)) }, leftOut: prepared.leftOut,
                created: now)
            try shelf.save(state)
            states.append(state)
        }
        return states
    }
}
