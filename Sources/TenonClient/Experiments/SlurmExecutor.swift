import Glibc
import TenonCore

/// Gives trials to Slurm, which decides where and when they run: those that are given together are one job array, of which so many run at the same time as
/// are asked for. Each is the same `tenon exp trial ID` that runs on this machine; the nodes share the repository's Git directory with it.
///
/// Spoken to through `sbatch`, `scontrol`, `squeue`, `sacct` and `scancel` (https://slurm.schedmd.com/man_index.html), as the person would.
package struct SlurmExecutor: TrialExecutor {
    package let name = "slurm"
    package let takesMany = true
    package var needsRemote: Bool { settings.store != nil }
    private let shelf: ExperimentShelf
    private let environment: ClientEnvironment
    private let settings: SlurmSettings
    /// Experiments by the array's task that runs them, as `JOB_TASK`.
    private var tasks: [SlurmTask: String] = [:]
    /// Answers of Slurm that did not come since the last one that did.
    private var failures = 0
    /// How often a runner has asked which trials have ended.
    private var questions = 0

    /// Set where a trial is to send what it made to the default remote.
    package static let pushVariable = "TENON_EXPERIMENT_PUSH"
    /// So many answers in a row may fail, one a second.
    private static let patience = 30
    /// A runner asks ten times a second; one in so many questions goes to Slurm.
    private static let interval = 10

    package init(shelf: ExperimentShelf, environment: ClientEnvironment, settings: SlurmSettings) {
        self.shelf = shelf
        self.environment = environment
        self.settings = settings
    }

    // MARK: Submitting

    package mutating func submit(_ states: [ExperimentState], jobs: Int) throws(TenonError) {
        guard !states.isEmpty else { return }
        let script = SlurmScript(
            commonDirectory: shelf.commonDirectory, log: shelf.log(""), program: environment.program ?? "tenon", settings: settings
        ).text(states.map(\.id))
        let path = shelf.scratch(states[0].id, "sbatch")
        try SlurmExecutor.write(script, to: path)
        defer { unlink(path) }
        // Held until each experiment says which task it is: a trial that had begun would write its state at the same time.
        let answer = try slurm(
            "sbatch",
            [
                "--parsable", "--hold", "--array=0-\(states.count - 1)%\(jobs)", "--job-name=tenon", "--chdir=\(shelf.commonDirectory)",
                "--output=/dev/null", "--error=/dev/null", "--input=/dev/null", "--no-requeue",
            ] + settings.options + [path])
        // Its number, and in a federation the cluster's name.
        let words = String(decoding: answer, as: UTF8.self).split(whereSeparator: { $0 == ";" || $0.isNewline })
        guard let job = words.first.flatMap({ UInt64($0) }) else {
            throw failure("trials can't be given to Slurm", "sbatch answered '\(displayName(answer.prefix(200)))'")
        }
        do {
            for (index, state) in states.enumerated() {
                var state = state
                let task = SlurmTask(job: job, index: UInt32(index))
                state.job = task.description
                try shelf.save(state)
                tasks[task] = state.id
            }
            _ = try slurm("scontrol", ["release", String(job)])
        } catch {
            // Nothing of it has begun.
            _ = try? slurm("scancel", [String(job)])
            for state in states {
                tasks = tasks.filter { $0.value != state.id }
                try? shelf.save(state)
            }
            throw error
        }
    }

    package mutating func resume(_ state: ExperimentState) throws(TenonError) -> Bool {
        guard let task = state.job.flatMap(SlurmTask.init), let found = try standing(of: [task])[task], !found.isOver else { return false }
        // One who was killed while he gave it away may have left it held.
        _ = try? slurm("scontrol", ["release", String(task.job)])
        tasks[task] = state.id
        return true
    }

    // MARK: Watching

    package mutating func ended() throws(TenonError) -> [(id: String, ending: TrialEnding)] {
        questions += 1
        guard !tasks.isEmpty, questions % SlurmExecutor.interval == 0 else { return [] }
        let found: [SlurmTask: SlurmStanding]
        do {
            found = try standing(of: Array(tasks.keys))
            failures = 0
        } catch {
            failures += 1
            guard failures >= SlurmExecutor.patience else { return [] }
            throw TenonError(
                .io, "nobody knows how far the trials are", cause: error.cause,
                hint: "they go on where Slurm runs them; 'tenon exp start' takes them up again when it answers")
        }
        var result: [(id: String, ending: TrialEnding)] = []
        for (task, id) in tasks {
            guard let standing = found[task] else {
                tasks[task] = nil
                result.append((id, .told("Slurm knows nothing more of job \(task)")))
                continue
            }
            guard standing.isOver else { continue }
            tasks[task] = nil
            result.append((id, standing == .completed ? .exited(0) : .told("Slurm says of job \(task): \(standing.rawValue)")))
        }
        return result.sorted { $0.id < $1.id }
    }

    package func isAtWork(_ state: ExperimentState) throws(TenonError) -> Bool {
        guard state.status == .running || state.status == .queued, let task = state.job.flatMap(SlurmTask.init) else { return false }
        return try standing(of: [task])[task].map { !$0.isOver } ?? false
    }

    package func cancel(_ state: ExperimentState, isForced: Bool) throws(TenonError) {
        guard let task = state.job.flatMap(SlurmTask.init) else { return }
        // Without a signal's name, Slurm asks all that the task has started to end, and ends it a while later; with one, it only sends it.
        _ = try slurm("scancel", (isForced ? ["--full", "--signal=KILL"] : []) + [task.description])
    }

    /// How far tasks are, as far as Slurm knows: from its memory, and of those that it has forgotten, from its accounting where there is one.
    private func standing(of tasks: [SlurmTask]) throws(TenonError) -> [SlurmTask: SlurmStanding] {
        let jobs = Set(tasks.map(\.job)).sorted().map(String.init).joined(separator: ",")
        var found: [SlurmTask: SlurmStanding] = [:]
        let queue = try captured("squeue", ["--noheader", "--array", "--states=all", "--format=%F_%K %T", "--jobs=\(jobs)"])
        if queue.status == 0 {
            SlurmStanding.read(queue.output, into: &found)
        } else if !queue.errors.contains("Invalid job id".utf8) {
            throw failure("Slurm can't be asked", SlurmExecutor.complaint(queue, "squeue"))
        }
        let missing = tasks.filter { found[$0] == nil }
        if !missing.isEmpty,
            let accounts = try? captured(
                "sacct",
                [
                    "--noheader", "--allocations", "--parsable2", "--delimiter= ", "--format=JobID,State",
                    "--jobs=" + missing.map(\.description).joined(separator: ","),
                ]),
            accounts.status == 0
        {
            SlurmStanding.read(accounts.output, into: &found)
        }
        return found
    }

    // MARK: Programs

    private func slurm(_ program: String, _ arguments: [String]) throws(TenonError) -> [UInt8] {
        let answer = try captured(program, arguments)
        guard answer.status == 0 else { throw failure("trials can't be given to Slurm", SlurmExecutor.complaint(answer, program)) }
        return answer.output
    }

    private func captured(_ program: String, _ arguments: [String]) throws(TenonError) -> ChildProcess.Captured {
        var own = environment
        own.variables["LC_ALL"] = "C"
        do {
            return try ChildProcess(program: program, arguments: arguments.map { Array($0.utf8) }, environment: own.list).captured()
        } catch {
            guard error.code == .notFound else { throw error }
            throw TenonError(
                .notFound, "trials can't be given to Slurm", cause: "there is no program '\(program)' in PATH",
                hint: "log in where Slurm is, or: git config tenon.executor local")
        }
    }

    private func failure(_ what: String, _ cause: String) -> TenonError {
        TenonError(.io, what, cause: cause, hint: "sinfo shows whether Slurm is there")
    }

    private static func complaint(_ answer: ChildProcess.Captured, _ program: String) -> String {
        let line = answer.errors.split(separator: UInt8(ascii: "\n")).last { !$0.isEmpty }
        return line.map { displayName($0.prefix(500)) } ?? "\(program) ended with status \(answer.status)"
    }

    private static func write(_ script: String, to path: String) throws(TenonError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw TenonError(.io, "trials can't be given to Slurm", cause: reason(errno)) }
        defer { close(descriptor) }
        guard writeAll(Array(script.utf8), to: descriptor) else { throw TenonError(.io, "trials can't be given to Slurm", cause: reason(errno)) }
    }
}
