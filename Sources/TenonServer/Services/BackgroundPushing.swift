import ServiceLifecycle
import TenonEngine

/// Makes the pushes that commits have asked for.
struct BackgroundPushing: Service {
    let engine: Engine

    func run() async throws {
        await cancelWhenGracefulShutdown { await engine.pushInBackground() }
    }
}
