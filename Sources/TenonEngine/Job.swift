import TenonAPI
import TenonCore
import TenonStore

/// A request on its thread: the work tree that it is about, and where it reports to.
struct Job<R: WorkTreeRequest> {
    let engine: Engine
    let tree: WorkTree
    let reporter: Reporter<R>
    let meter: Meter

    var store: Store { engine.store }
    var sink: ProgressSink { meter.sink }

    /// Throws `cancelled` if the client went away.
    func checkCancellation() throws {
        if reporter.isCancelled { meter.cancel() }
        try sink.check()
    }

    /// The settings of the work tree; says what in them has no effect.
    func settings() throws -> Settings {
        let settings = try tree.settings()
        for warning in settings.warnings.prefix(5) { reporter.warn(warning) }
        return settings
    }

    /// The same for verbs that only look: where `tenon.yaml` can't be read, says so and takes the defaults.
    func lenientSettings() -> Settings {
        do {
            return try settings()
        } catch {
            reporter.warn("\(error)")
            return Settings()
        }
    }
}
