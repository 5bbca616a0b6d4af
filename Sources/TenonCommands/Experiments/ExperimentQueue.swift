import TenonAPI
import TenonClient

/// Works off whatever waits in a repository, one worker at a time; what comes while it works is taken too.
struct ExperimentQueue {
    let shelf: ExperimentShelf
    let environment: ClientEnvironment
    let executor: any TrialExecutor
    let jobs: Int
    let observer: any ExperimentObserver

    /// Returns whether somebody has interrupted it. Throws `busy` if another works already.
    mutating func work() throws -> Bool {
        while let lock = try shelf.lock(ExperimentShelf.queue) {
            let (shelf, isFar) = (shelf, executor.takesMany)
            var runner = ExperimentRunner(shelf: shelf, environment: environment, executor: executor, jobs: jobs, observer: observer) {
                shelf.next($0, besides: $1, ofBatchSystem: isFar)
            }
            let isInterrupted = try runner.run()
            withExtendedLifetime(lock) {}
            if isInterrupted { return true }
            // Somebody may have come while the lock was still held, and have relied on this worker.
            if shelf.next(1, besides: [], ofBatchSystem: isFar).isEmpty { return false }
        }
        throw TenonError(.busy, "the queue can't be worked off", cause: "a worker runs already", hint: "tenon exp list shows how far it is")
    }
}
