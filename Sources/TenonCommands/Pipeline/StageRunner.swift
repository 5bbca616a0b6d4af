import Glibc
import TenonAPI
import TenonClient

/// Brings the stages of a pipeline up to date in one work tree: asks the daemon about each, executes what has to be, several at a time, each behind
/// those that it needs. A stage that fails stops only those that need it.
///
/// Confined to one thread; several, each with a work tree and a daemon session of its own, may be at work at the same time.
struct StageRunner {
    let daemon: DaemonSession
    let workTree: WorkTreeContext
    /// Of the person, for what is recorded and for remotes.
    let environment: ClientEnvironment
    let sink: any StageSink
    /// Where logs of metrics lie while commands run.
    let metricsDirectory: String
    /// How many commands run at the same time.
    var jobs = 1
    /// Execute stages that are up to date.
    var isForced = false
    /// Set in the environment of each command.
    var variables: [String: String] = [:]
    /// Tells of signals that are to stop the commands.
    var signals: SignalRelay?

    private var surveys: [String: RunEnvironment] = [:]
    private var running: [Running] = []
    private var results: [String: StageResult] = [:]
    /// How often somebody has asked to stop.
    private var interruptions = 0

    /// A stage whose command runs.
    private struct Running {
        var stage: PipelineStage
        var process: StageProcess
        var lock: StageLock
        var draft: String
        var reasons: [StageReason]
        var started: UInt64
        /// Where it logs metrics while it runs.
        var log: MetricsLog
        var hold: MetricsLogHold
        /// Written, and no whole line yet.
        var pending: [UInt8] = []
    }

    /// How long a wait lasts where nothing tells of a child's end.
    private static let interval: CInt = 50
    /// Each reads up to 64 KiB; no pipe of an unprivileged process holds more than 1 MiB (pipe(7)).
    private static let readsAtOnce = 17
    /// A longer line of output is passed on in parts.
    private static let lineLimit = 1 << 20

    init(daemon: DaemonSession, workTree: WorkTreeContext, environment: ClientEnvironment, metricsDirectory: String, sink: any StageSink) {
        self.daemon = daemon
        self.workTree = workTree
        self.environment = environment
        self.metricsDirectory = metricsDirectory
        self.sink = sink
    }

    /// Whether somebody has asked to stop.
    var isInterrupted: Bool { interruptions > 0 }

    /// Runs what is needed of `plan`, whose stages stand behind those that they need. Returns what became of each, in the order of the plan.
    ///
    /// Throws only what makes the whole senseless; what goes wrong with a stage is in its result.
    mutating func run(_ plan: [PipelineStage]) throws -> [StageResult] {
        let names = Set(plan.map(\.name))
        var waiting = plan
        while !waiting.isEmpty || !running.isEmpty {
            try takeSignals()
            var later: [PipelineStage] = []
            for stage in waiting {
                let needs = stage.needs.filter(names.contains)
                if isInterrupted {
                    end(stage, StageResult(stage.name, .skipped))
                } else if let failed = needs.first(where: { results[$0].map { !$0.isDone } ?? false }) {
                    var result = StageResult(stage.name, .skipped)
                    result.because = results[failed]?.because ?? failed
                    end(stage, result)
                } else if needs.allSatisfy({ results[$0] != nil }), running.count < max(1, jobs) {
                    let isUntouched = !isForced && !needs.contains { results[$0]?.isChange ?? false }
                    if isUntouched, stage.verdict == .fresh || stage.verdict == .frozen {
                        var result = StageResult(stage.name, stage.verdict == .frozen ? .frozen : .fresh)
                        result.reasons = stage.reasons
                        end(stage, result)
                    } else {
                        try begin(stage)
                    }
                } else {
                    later.append(stage)
                }
            }
            // What has just been settled may have made others ready.
            let isProgress = later.count < waiting.count
            waiting = later
            if !running.isEmpty, !isProgress || running.count >= max(1, jobs) { try wait() }
        }
        return plan.compactMap { results[$0.name] }
    }

    private mutating func end(_ stage: PipelineStage, _ result: StageResult) {
        results[stage.name] = result
        sink.ended(stage, result)
    }

    // MARK: One stage

    private mutating func begin(_ stage: PipelineStage) throws {
        do {
            let lock = try StageLock(stage: stage.name, gitDirectory: try gitDirectory())
            let reply = try daemon.perform(
                StageBeginRequest(
                    workTree: workTree, stage: stage.name, isForced: isForced, environment: try survey(stage), transfers: environment.forTransfers))
            guard reply.verdict == .run, let draft = reply.draft else {
                var result = StageResult(stage.name, reply.verdict == .restore ? .restored : reply.verdict == .frozen ? .frozen : .fresh)
                result.reasons = reply.reasons
                result.run = reply.run
                return end(stage, result)
            }
            try start(stage, reply, draft, lock)
        } catch let error as TenonError {
            fail(stage, error)
        }
    }

    private mutating func fail(_ stage: PipelineStage, _ error: TenonError) {
        var result = StageResult(stage.name, .failed)
        result.problems = [error]
        end(stage, result)
    }

    private mutating func start(_ stage: PipelineStage, _ reply: StageBeginRequest.Reply, _ draft: String, _ lock: StageLock) throws {
        var directory = workTree.topLevel.bytes
        if !reply.directory.bytes.isEmpty { directory += [UInt8(ascii: "/")] + reply.directory.bytes }
        sink.began(stage, reply.reasons)
        let started = Clock.now()
        signals?.count(1)
        do {
            let (log, hold) = try MetricsLog.make(in: metricsDirectory)
            let process = try StageProcess(
                reply.command.map(\.bytes), directory: directory, variables: variables.merging([MetricsLog.variable: log.path]) { _, own in own },
                streams: sink.streams(isAlone: jobs <= 1), lock: lock)
            running.append(
                Running(
                    stage: stage, process: process, lock: lock, draft: draft, reasons: reply.reasons, started: started, log: log, hold: hold))
        } catch {
            signals?.count(-1)
            var finish = RunFinishRequest(workTree: workTree, draft: draft, started: started, finished: Clock.now())
            finish.reason = error.description
            _ = try daemon.perform(finish, isRepeatable: true)
            throw error
        }
    }

    /// Records a command that has ended.
    private mutating func finish(_ ended: Running, _ ending: Foreground.Ending) {
        defer { ended.lock.release() }
        var finish = RunFinishRequest(workTree: workTree, draft: ended.draft, started: ended.started, finished: Clock.now())
        var result = StageResult(ended.stage.name, .ran)
        result.reasons = ended.reasons
        result.milliseconds = finish.finished - min(finish.finished, finish.started)
        switch ending {
        case .exited(let status):
            finish.status = status
            result.status = status
            if status != 0 { result.outcome = .failed }
        case .killed(let signal):
            finish.signal = signal
            result.signal = signal
            result.outcome = .failed
        }
        if !ended.hold.isEmpty { finish.log = WirePath(ended.log.path) }
        do {
            let reply = try daemon.perform(finish, isRepeatable: true)
            ended.hold.remove()
            result.run = reply.run
            result.outputs = reply.outputs
            result.metrics = reply.metrics
            result.problems = reply.problems
            if !reply.problems.isEmpty { result.outcome = .failed }
        } catch let error as TenonError {
            result.outcome = .failed
            result.problems = [ended.hold.left(after: error)]
        } catch {
            result.outcome = .failed
            result.problems = [TenonError(.internal, "the run of '\(ended.stage.name)' is not recorded", cause: "\(error)")]
        }
        end(ended.stage, result)
    }

    private func gitDirectory() throws -> [UInt8] {
        guard let directory = workTree.gitDirectory?.bytes else {
            throw TenonError(.internal, "stages can't run", cause: "the work tree's Git directory is not known")
        }
        return directory
    }

    /// Where the stage's command is executed; asked once for all that are executed by the same program.
    private mutating func survey(_ stage: PipelineStage) throws -> RunEnvironment {
        let key = EnvironmentSurvey.program(ofShell: stage.commands.joined(separator: "\n"))
        if let known = surveys[key] { return known }
        let found = try EnvironmentSurvey(environment: environment, command: [Array(key.utf8)]).take()
        surveys[key] = found
        return found
    }

    // MARK: Waiting

    /// Waits until a command has written something or ended, and sees to it.
    private mutating func wait() throws {
        var polls = running.map { pollfd(fd: $0.process.output, events: CShort(POLLIN), revents: 0) }
        if let signals { polls.append(pollfd(fd: signals.descriptor, events: CShort(POLLIN), revents: 0)) }
        _ = poll(&polls, nfds_t(polls.count), StageRunner.interval)
        try takeSignals()
        var still: [Running] = []
        var ended: [(Running, Foreground.Ending)] = []
        for var item in running {
            let ending = item.process.checkEnd()
            pass(&item)
            if let ending {
                signals?.count(-1)
                // Whoever it has left in the background may hold its output open for ever.
                item.process.closeOutput()
                if !item.pending.isEmpty { sink.wrote(item.stage, item.pending) }
                ended.append((item, ending))
            } else {
                still.append(item)
            }
        }
        running = still
        for (item, ending) in ended { finish(item, ending) }
    }

    /// Hands on what a command has written, by whole lines; of one that writes without end, as much as a pipe holds at most: others want to be seen to.
    private func pass(_ item: inout Running) {
        for _ in 0..<StageRunner.readsAtOnce {
            let bytes = item.process.read()
            if bytes.isEmpty { return }
            item.pending += bytes
            if let last = item.pending.lastIndex(of: 0x0A) {
                sink.wrote(item.stage, Array(item.pending[...last]))
                item.pending.removeFirst(last + 1)
            } else if item.pending.count > StageRunner.lineLimit {
                sink.wrote(item.stage, item.pending)
                item.pending = []
            }
        }
    }

    private mutating func takeSignals() throws {
        guard let signals else { return }
        for arrival in signals.take() {
            interruptions += 1
            for item in running {
                // A terminal's signal has reached those that share it already. Who does not heed the first is ended by the second.
                if interruptions > 1 {
                    item.process.send(SIGKILL)
                } else if item.process.hasSession || arrival.isFromProcess {
                    item.process.send(arrival.signal)
                }
            }
        }
    }
}
