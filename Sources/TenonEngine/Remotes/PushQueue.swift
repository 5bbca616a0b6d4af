import Synchronization
import TenonAPI

/// Pushes that were asked for after commits and are still to be made: for each work tree the latest, and one at a time for each repository.
final class PushQueue: Sendable {
    struct Item: Sendable {
        var workTree: WorkTreeContext
        /// The common Git directory.
        var repository: String
        /// Variables by which remotes are reached, of whoever made the commit.
        var environment: [String: String]
    }

    private struct State {
        /// By the work tree's name among locks, in the order in which they came.
        var waiting: [(workTree: String, item: Item)] = []
        /// Repositories that are pushed now.
        var running: Set<String> = []
    }

    private let state = Mutex(State())
    /// Yields when something may have become ready.
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    /// So many repositories are pushed at once.
    private static let limit = 4

    init() {
        (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Asks for a push, in place of one of the same work tree that has not begun.
    func add(_ item: Item) {
        let name = WorkTree.lockName(item.workTree)
        state.withLock { state in
            state.waiting.removeAll { $0.workTree == name }
            state.waiting.append((name, item))
        }
        arrival.yield()
    }

    /// What to push now; it must be `finish`ed. `nil`: nothing, for the moment.
    func next() -> Item? {
        state.withLock { state in
            guard state.running.count < PushQueue.limit,
                let index = state.waiting.firstIndex(where: { !state.running.contains($0.item.repository) })
            else { return nil }
            let item = state.waiting.remove(at: index).item
            state.running.insert(item.repository)
            return item
        }
    }

    func finish(_ item: Item) {
        _ = state.withLock { $0.running.remove(item.repository) }
        arrival.yield()
    }

    /// Takes out all that has not begun.
    func drain() -> [Item] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting.map(\.item)
        }
    }

    var isEmpty: Bool { state.withLock { $0.waiting.isEmpty && $0.running.isEmpty } }

    /// Whether something of this repository is pushed, or is going to be.
    func contains(repository: String) -> Bool {
        state.withLock { state in state.running.contains(repository) || state.waiting.contains { $0.item.repository == repository } }
    }
}
