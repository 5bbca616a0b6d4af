import ServiceLifecycle
import TenonEngine

/// Lets pointers follow the data of watched artifacts as long as the daemon runs.
struct FollowService: Service {
    let follower: PointerFollower

    func run() async throws {
        await cancelWhenGracefulShutdown { await follower.run() }
    }
}
