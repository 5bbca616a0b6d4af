import ServiceLifecycle
import TenonEngine

/// Lets the engine bring to disk what checkouts have written, after they have replied.
struct MoveSettling: Service {
    let engine: Engine

    func run() async throws {
        await cancelWhenGracefulShutdown { await engine.settleMoves() }
    }
}
