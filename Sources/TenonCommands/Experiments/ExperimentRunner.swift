import Glibc
import TenonAPI
import TenonClient
import TenonCore

/// Works off experiments, so many at a time. One that fails stops no other.
struct ExperimentRunner {
    let shelf: ExperimentShelf
    let environment: ClientEnvironment
    var executor: any TrialExecutor
    let jobs: Int
    /// The next to run, at most so many, and none of those that run already.
    let next: (_ count: Int, _ running: Set<String>) -> [ExperimentState]
    let observer: any ExperimentObserver

    private var running: [String: ExperimentState] = [:]
    private var interruptions = 0
    /// Those that could not be started; where that could not be written down either, they still seem to wait.
    private var refused: Set<String> = []

    private static let interval: CInt = 100
    /// So many trials are given at once to an executor that takes many; the size of Slurm's largest array where nobody has set it.
    private static let batchCount = 1000

    init(
        shelf: ExperimentShelf, environment: ClientEnvironment, executor: any TrialExecutor, jobs: Int, observer: any ExperimentObserver,
        next: @escaping (_ count: Int, _ running: Set<String>) -> [ExperimentState]
    ) {
        self.shelf = shelf
        self.environment = environment
        self.executor = executor
        self.jobs = jobs
        self.observer = observer
        self.next = next
    }

    /// Runs until there is nothing more to do, or somebody interrupts it. Returns whether somebody did.
    mutating func run() throws -> Bool {
        let signals = try SignalRelay()
        while true {
            if interruptions == 0 {
                // Of those that can't be started, none keeps the next from its turn.
                while try startMore(signals), running.isEmpty {}
            }
            if running.isEmpty { break }
            guard shelf.exists else { throw abandon() }
            for _ in signals.take() { interrupt() }
            for (id, ending) in try executor.ended() {
                signals.count(-1)
                end(id, ending)
            }
            observer.progress(running.values.sorted { $0.id < $1.id })
            if running.isEmpty { continue }
            var polls = [pollfd(fd: signals.descriptor, events: CShort(POLLIN), revents: 0)]
            _ = poll(&polls, 1, ExperimentRunner.interval)
        }
        TrialReferences(shelf: shelf, environment: environment).prune()
        return interruptions > 0
    }

    /// Gives the executor what it has room for. Returns whether there was something.
    private mutating func startMore(_ signals: SignalRelay) throws -> Bool {
        let room = (executor.takesMany ? ExperimentRunner.batchCount : jobs) - running.count
        var batch: [ExperimentState] = []
        var isAny = false
        while batch.count < room {
            let found = next(room - batch.count, refused.union(running.keys).union(batch.map(\.id)))
            if found.isEmpty { break }
            isAny = true
            for var state in found {
                if state.job == nil {
                    batch.append(state)
                } else if try executor.resume(state) {
                    signals.count(1)
                    began(state)
                } else if state.status == .running {
                    fail(&state, "job \(state.job ?? "") is over, and left no result")
                    TrialWorkTree(path: shelf.workTree(state.id), environment: environment).remove()
                } else {
                    state.job = nil
                    batch.append(state)
                }
            }
        }
        // Those that are not given at once fail one by one.
        let parts = executor.takesMany && !batch.isEmpty ? [batch] : batch.map { [$0] }
        for part in parts {
            // Before they start: a signal that comes in between is for them.
            signals.count(part.count)
            do {
                try executor.submit(part, jobs: jobs)
                for state in part { began(state) }
            } catch {
                signals.count(-part.count)
                for var state in part { fail(&state, error.description) }
            }
        }
        return isAny
    }

    private mutating func began(_ state: ExperimentState) {
        running[state.id] = state
        observer.began(state)
    }

    private mutating func fail(_ state: inout ExperimentState, _ reason: String) {
        refused.insert(state.id)
        state.status = .failed
        state.reason = reason
        state.process = nil
        state.job = nil
        try? shelf.save(state)
        observer.ended(state.id, ExperimentSummary(state, shelf: shelf))
    }

    /// Ends what runs: nothing can be written down any more of what becomes of it.
    private mutating func abandon() -> TenonError {
        for state in running.values { try? executor.cancel(state, isForced: true) }
        return TenonError(
            .notARepository, "the experiments can't go on", cause: "'\(displayName(shelf.commonDirectory.utf8))' is gone, or was moved")
    }

    private mutating func interrupt() {
        interruptions += 1
        for state in running.values {
            guard let now = shelf.state(state.id) else { continue }
            try? executor.cancel(now, isForced: interruptions > 1)
        }
    }

    /// Says what became of a trial; one that could not say so itself is marked.
    private mutating func end(_ id: String, _ ending: TrialEnding) {
        guard let begun = running.removeValue(forKey: id) else { return }
        // Whoever stops it writes down what became of it as well, under this lock, and has the say.
        let lock = try? shelf.lock(id)
        defer { withExtendedLifetime(lock) {} }
        // One that was killed has left its work tree, whatever it had written down by then.
        if ending != .exited(0) { TrialWorkTree(path: shelf.workTree(id), environment: environment).remove() }
        guard var state = shelf.state(id) else { return observer.ended(id, nil) }
        if state.status == .done {
            shelf.remove(id, keepingLog: true)
            return observer.ended(id, summary(named: state.name))
        }
        if case .exited(0) = ending, state.status == .running || state.status == .queued {
            // It did nothing, since somebody else has the experiment.
            return
        }
        if state.status == .queued, state.job != nil, interruptions > 0 {
            // It has not begun, and waits on.
            state.job = nil
            try? shelf.save(state)
        } else if state.status == .running || state.status == .queued {
            state.status = interruptions > 0 ? .stopped : .failed
            state.reason = ending.words
            state.finished = Clock.now()
            state.process = nil
            try? shelf.save(state)
        } else if interruptions > 0, state.status == .failed {
            state.status = .stopped
            try? shelf.save(state)
        }
        observer.ended(begun.id, ExperimentSummary(state, shelf: shelf))
    }

    private func summary(named name: String) -> ExperimentSummary? {
        try? ExperimentCatalog(environment: environment).entries(named: name).first.map { ExperimentSummary($0) }
    }
}

/// Who is told of what a runner does.
protocol ExperimentObserver: AnyObject {
    func began(_ state: ExperimentState)
    /// Called again and again while trials run.
    func progress(_ running: [ExperimentState])
    /// - Parameter summary: `nil` if nothing is known of it any more.
    func ended(_ id: String, _ summary: ExperimentSummary?)
}
