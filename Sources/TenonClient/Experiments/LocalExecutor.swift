import Glibc
import TenonCore

/// Runs trials on this machine, each as a process with a session of its own: no terminal's signals reach it, and it ends with all that it has started.
package struct LocalExecutor: TrialExecutor {
    package let name = "local"
    package let takesMany = false
    package let needsRemote = false
    private let shelf: ExperimentShelf
    private let environment: ClientEnvironment
    private var processes: [pid_t: String] = [:]

    package init(shelf: ExperimentShelf, environment: ClientEnvironment) {
        self.shelf = shelf
        self.environment = environment
    }

    package mutating func submit(_ states: [ExperimentState], jobs: Int) throws(TenonError) {
        for state in states { try submit(state) }
    }

    /// Whoever runs here holds the experiment's lock.
    package func resume(_ state: ExperimentState) -> Bool { false }

    package func isAtWork(_ state: ExperimentState) -> Bool { shelf.status(state) == .running }

    private mutating func submit(_ state: ExperimentState) throws(TenonError) {
        let log = open(shelf.log(state.id), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard log >= 0 else { throw TenonError(.io, "the trial '\(state.name)' can't be started", cause: "its log can't be made: \(reason(errno))") }
        defer { close(log) }
        let child = LocalExecutor.child(["exp", "trial", state.id], in: shelf, environment, output: log)
        processes[try child.start()] = state.id
    }

    /// This program, without a terminal, in the Git directory that all work trees share.
    static func child(_ arguments: [String], in shelf: ExperimentShelf, _ environment: ClientEnvironment, output: CInt) -> ChildProcess {
        // What moves Git elsewhere is a hook's, or of the one work tree that this was started from.
        let moving = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_QUARANTINE_PATH"]
        var own = environment
        for name in moving { own.variables[name] = nil }
        return ChildProcess(
            program: environment.program ?? "tenon", arguments: (["-C", shelf.commonDirectory] + arguments).map { Array($0.utf8) },
            environment: own.list, redirections: [(0, .null), (1, .descriptor(output)), (2, .descriptor(output))], closesOthers: true,
            startsSession: true)
    }

    /// Starts a worker that outlives this process, and returns its process.
    package static func startWorker(_ shelf: ExperimentShelf, _ environment: ClientEnvironment, jobs: Int) throws(TenonError) -> Int32 {
        let log = open(shelf.workerLog, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard log >= 0 else { throw TenonError(.io, "no worker can be started", cause: "its log can't be made: \(reason(errno))") }
        defer { close(log) }
        return try child(["exp", "worker", "--jobs", String(jobs)], in: shelf, environment, output: log).start()
    }

    package mutating func ended() throws(TenonError) -> [(id: String, ending: TrialEnding)] {
        var result: [(String, TrialEnding)] = []
        for (process, id) in processes {
            var status: CInt = 0
            let found = waitpid(process, &status, WNOHANG)
            guard found == process || found < 0 && errno == ECHILD else { continue }
            processes[process] = nil
            let signal = status & 0x7F
            result.append((id, found < 0 ? .exited(127) : signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)))
            // Whatever it has left behind would write into a work tree that is gone.
            kill(-process, SIGKILL)
        }
        return result.sorted { $0.0 < $1.0 }
    }

    package func cancel(_ state: ExperimentState, isForced: Bool) throws(TenonError) {
        // One that this process has started and not yet seen the end of may not have said its number. Of others the number is that of a group of theirs:
        // some process of it lives, since the lock is held.
        let own = processes.first { $0.value == state.id }?.key
        guard let process = own ?? (shelf.isHeld(state.id) ? state.process : nil), process > 1 else { return }
        kill(-process, isForced ? SIGKILL : SIGTERM)
    }
}
