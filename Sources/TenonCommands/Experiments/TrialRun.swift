import Glibc
import TenonAPI
import TenonClient

/// One trial from its work tree to its commit, in a process of its own.
struct TrialRun {
    let shelf: ExperimentShelf
    let environment: ClientEnvironment
    private(set) var state: ExperimentState
    private let lock: ExperimentLock
    private let tree: TrialWorkTree
    private var runs: [String] = []

    /// The variable by which a command finds what its experiment is called.
    private static let nameVariable = "TENON_EXPERIMENT"

    /// Takes the experiment; `nil` if somebody else has it, or there is nothing to do.
    init?(_ id: String, shelf: ExperimentShelf, environment: ClientEnvironment) throws {
        guard shelf.state(id) != nil, let lock = try shelf.lock(id), let state = shelf.state(id), state.status == .queued else { return nil }
        self.shelf = shelf
        self.environment = environment
        self.state = state
        self.lock = lock
        tree = TrialWorkTree(path: shelf.workTree(id), environment: environment)
    }

    /// Runs it. What goes wrong is written down, and thrown.
    mutating func run() throws {
        // Commands hold the lock with this process, so that it is free only when nothing of the trial is left.
        lock.hand()
        state.status = .running
        state.process = getpid()
        state.started = Clock.now()
        state.finished = nil
        state.reason = nil
        try shelf.save(state)
        do {
            try execute()
        } catch {
            let error = error as? TenonError ?? TenonError(.internal, "the trial failed", cause: "\(error)")
            state.status = .failed
            state.process = nil
            state.finished = Clock.now()
            state.reason = error.description
            try? shelf.save(state)
            leave()
            throw error
        }
    }

    private func leave() {
        try? GlobalOptions.change(to: Array(shelf.commonDirectory.utf8))
        tree.remove()
    }

    private mutating func execute() throws {
        try tree.make(snapshot: state.snapshot, commit: state.commit)
        var place = Array(tree.path.utf8)
        // Where the person stood may hold nothing that Git tracks.
        for component in state.prefix.bytes.split(separator: UInt8(ascii: "/")) {
            place += [UInt8(ascii: "/")] + component
            mkdir(place.zeroTerminated, 0o777)
        }
        try GlobalOptions.change(to: place)
        var own = environment
        own.directory = place
        own.variables[TrialRun.nameVariable] = state.name
        let session = try Session(Console.Settings(json: false, progress: .none, isQuiet: true), environment: own)
        let begun = try session.perform(
            TrialBeginRequest(
                workTree: session.workTree, overrides: state.overrides, scope: state.scope, environment: session.transferEnvironment),
            isRepeatable: true)
        if let command = state.command {
            try execute(command.map(\.bytes), inputs: state.scope.inputs ?? begun.inputs.map(\.path), session)
        } else {
            try executeStages(session)
        }
        let reply = try session.perform(
            TrialFinishRequest(
                workTree: session.workTree, scope: state.scope, parameters: state.parameters + TrialRun.files(state.overrides),
                metrics: state.metrics, runs: runs),
            isRepeatable: true)
        guard reply.spoiled.isEmpty else {
            throw TenonError(
                .conflict, "the trial's result is not kept",
                cause: "its command wrote into \(reply.spoiled.map(\.description).joined(separator: ", ")), "
                    + "which it shares with other trials; what they share was thrown away, and is written anew",
                hint: "name what is written as an output too, with -o or in outs: then the trial gets files of its own")
        }
        for problem in reply.problems { OutputStream.write(ErrorText.text(problem, style: .plain).utf8, to: STDERR_FILENO) }
        try keep(reply, own, session)
    }

    /// All of a file that a value was set in, so that the table can show what was not.
    private static func files(_ overrides: [ParameterOverride]) -> [RunParameter] {
        var result: [RunParameter] = []
        for override in overrides {
            let parameter = RunParameter(file: override.file)
            if !result.contains(parameter) { result.append(parameter) }
        }
        return result
    }

    // MARK: What is executed

    private mutating func execute(_ command: [[UInt8]], inputs: [WirePath], _ session: Session) throws {
        let survey = try EnvironmentSurvey(environment: session.environment, command: command).take()
        let draft = try session.perform(
            RunBeginRequest(
                workTree: session.workTree, name: state.name, command: command.map { WirePath(bytes: $0) },
                inputs: inputs, outputs: state.scope.outputs, metrics: state.metrics,
                parameters: state.parameters + TrialRun.files(state.overrides), environment: survey),
            isRepeatable: true
        ).draft
        makeMetricsLog()
        var finish = RunFinishRequest(workTree: session.workTree, draft: draft, started: Clock.now(), finished: 0)
        do {
            switch try Foreground.run(command, variables: variables) {
            case .exited(let status): finish.status = status
            case .killed(let signal): finish.signal = signal
            }
        } catch {
            finish.reason = error.description
        }
        finish.finished = Clock.now()
        let log = MetricsLog(path: shelf.metrics(state.id))
        if !log.last().isEmpty { finish.log = WirePath(log.path) }
        let reply = try session.perform(finish, isRepeatable: true)
        runs.append(reply.run)
        if let signal = finish.signal { throw TenonError(.conflict, "its command was ended by signal \(signal)") }
        if let reason = finish.reason { throw TenonError(.notFound, reason) }
        if let status = finish.status, status != 0 { throw TenonError(.conflict, "its command ended with status \(status)") }
        if let problem = reply.problems.first { throw problem }
    }

    private mutating func executeStages(_ session: Session) throws {
        let plan = try session.perform(
            PipelineRequest(workTree: session.workTree, stages: state.scope.stages ?? [], judges: true), isRepeatable: true)
        // One after the other: how many run at the same time is for the trials.
        makeMetricsLog()
        defer { rmdir(shelf.stageMetrics(state.id)) }
        var runner = session.stageRunner(TrialSink(log: MetricsLog(path: shelf.metrics(state.id))), metrics: shelf.stageMetrics(state.id))
        // Each stage logs metrics to a log of its own.
        runner.variables = [TrialRun.nameVariable: state.name]
        // Whoever stops the trial signals its group, this process among it; which then waits for the stage's command, and says what became of it.
        runner.signals = try SignalRelay()
        let results = try runner.run(plan.stages)
        runs += results.compactMap(\.run)
        for result in results where !result.isDone && result.outcome == .failed {
            let cause =
                result.signal.map { "its command was ended by signal \($0)" } ?? result.problems.first?.description
                ?? "its command ended with status \(result.status ?? 1)"
            throw TenonError(.conflict, "the stage '\(displayName(result.stage.utf8))' failed", cause: cause)
        }
        if runner.isInterrupted { throw TenonError(.cancelled, "it was stopped") }
    }

    /// `tenon metric` appends to it; of stages it is told what each came to.
    private func makeMetricsLog() { close(open(shelf.metrics(state.id), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)) }

    private var variables: [String: String] {
        [TrialRun.nameVariable: state.name, MetricsLog.variable: shelf.metrics(state.id)]
    }

    // MARK: The result

    private mutating func keep(_ reply: TrialFinishRequest.Reply, _ environment: ClientEnvironment, _ session: Session) throws {
        var top = environment
        top.directory = Array(tree.path.utf8)
        let git = GitCommand(environment: top)
        let place = EnvironmentSurvey(environment: environment, command: []).place
        state.finished = Clock.now()
        let wanted = state.name
        for attempt in 1...100 {
            var document = ExperimentDocument(
                name: state.name, id: state.id, group: state.group, created: state.created, started: state.started ?? state.created,
                finished: state.finished ?? 0,
                user: place.user, host: place.host, command: state.command.map { $0.map(\.description) }, stages: state.scope.stages,
                overrides: ExperimentSummary.overrides(state.overrides), metrics: reply.metrics, runs: runs)
            document.parameters = TrialRun.parameters(reply.parameters)
            for content in reply.inputs { document.inputs[content.path.description] = content.pointer.oid }
            for content in reply.outputs { document.outputs[content.path.description] = content.pointer.oid }
            let commit = try ResultCommit.make(
                top, parent: state.commit, message: try TrialRun.message(document), leavingOut: state.leftOut + reply.leftOut,
                scratch: shelf.scratch(state.id, "message"))
            if environment.variables[SlurmExecutor.pushVariable] != nil { try send(commit, session) }
            // Only if nobody has the name: an experiment that was fetched meanwhile stays as it is.
            let none = String(repeating: "0", count: commit.utf8.count)
            let answer = try git.output([
                "-c", "core.hooksPath=/dev/null", "update-ref", ExperimentDocument.referencePrefix + state.name, commit, none,
            ])
            if answer.status == 0 { break }
            guard attempt < 100, try !ExperimentCatalog(environment: top).entries(named: state.name).isEmpty else {
                throw TenonError(.git, "the experiment can't be named '\(state.name)'", cause: answer.complaint)
            }
            state.name = "\(wanted)-\(attempt + 1)"
        }
        state.status = .done
        state.process = nil
        try shelf.save(state)
        leave()
    }

    /// Sends what the commit needs to the default remote: the store that has it is not the one of whoever looks at the result.
    private func send(_ commit: String, _ session: Session) throws {
        _ = try session.perform(
            PushRequest(workTree: session.workTree, commits: [commit], environment: session.transferEnvironment), isRepeatable: true)
    }

    /// By name; where two files have the same name, each with its file.
    private static func parameters(_ values: [RunValue]) -> [String: PlainValue] {
        let counts = Dictionary(grouping: values, by: \.name).mapValues(\.count)
        var result: [String: PlainValue] = [:]
        for value in values {
            let name = counts[value.name] ?? 0 > 1 ? (value.file.map { "\($0):" } ?? "") + value.name : value.name
            result[name] = PlainValue(json: value.value)
        }
        return result
    }

    private static func message(_ document: ExperimentDocument) throws -> String {
        let line: [UInt8]
        do {
            line = try WireCoding.encode(document)
        } catch {
            throw TenonError(.internal, "the result can't be written", cause: "\(error)")
        }
        guard line.count <= ExperimentCatalog.maximumDocument else {
            throw TenonError(
                .invalidArgument, "the result can't be written",
                cause: "its parameters and metrics take more than \(ExperimentCatalog.maximumDocument) bytes")
        }
        let settings = document.overrides.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        var title = "Experiment \(document.name)" + (settings.isEmpty ? "" : ": " + settings)
        title = displayName(title.utf8.prefix(200))
        return "\(title)\n\n\(ExperimentDocument.trailer)\(String(decoding: line, as: UTF8.self))\n"
    }
}
