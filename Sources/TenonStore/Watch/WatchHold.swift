import Synchronization
import TenonCore

/// A watched artifact in the hands of one look. When the last reference goes, what the look has learned is left for the next.
final class WatchHold: Sendable {
    private let watcher: Watcher
    /// The artifact's number in the watcher's table.
    let number: Int
    private let losses: Int
    private let state: Mutex<State>

    private struct State {
        var memory: WatchMemory?
        var refusal: WatchRefusal?
        /// Nothing has to be read, stored or written to the stat cache: all is as the last look left it.
        var isUnchanged = false
        /// It was looked at in the background: what has happened until now needs no other such look.
        var isSettled = false
        /// Nothing lies there, but the directory around it is watched.
        var isAbsent = false
        var isReleased = false
    }

    init(watcher: Watcher, number: Int, losses: Int, memory: WatchMemory?) {
        self.watcher = watcher
        self.number = number
        self.losses = losses
        state = Mutex(State(memory: memory))
    }

    deinit {
        release()
    }

    /// Leaves what was learned for the next look already now; the tree must not be used any more.
    func release() {
        let state: State? = state.withLock { state in
            defer { state = State(isReleased: true) }
            return state.isReleased ? nil : state
        }
        guard let state else { return }
        watcher.giveBack(
            number, losses: losses, Watcher.Return(memory: state.memory, refusal: state.refusal, isAbsent: state.isAbsent, isSettled: state.isSettled)
        )
    }

    /// What an earlier look has left. Whoever takes it gives it back with `keep`, when it is whole.
    func takeMemory() -> WatchMemory? {
        state.withLock { $0.memory.take() }
    }

    /// Leaves `memory`, of which all was settled that can be.
    func keepSettled(_ memory: WatchMemory) {
        keep(memory, isUnchanged: false)
        state.withLock { $0.isSettled = true }
    }

    /// Leaves `memory` for the next look.
    func keep(_ memory: WatchMemory, isUnchanged: Bool) {
        state.withLock { state in
            guard state.refusal == nil, !state.isReleased else { return }
            state.memory = memory
            state.isUnchanged = isUnchanged
        }
    }

    /// Leaves word that nothing lies there: only its coming is waited for.
    func keepAbsence() { state.withLock { $0.isAbsent = true } }

    var isUnchanged: Bool { state.withLock { $0.isUnchanged } }

    /// What the entries come to, where that is known.
    var content: Content? {
        get { state.withLock { $0.memory?.content } }
        set { state.withLock { $0.memory?.content = newValue } }
    }

    /// Watches an open directory of the artifact; call it before the directory is listed. Returns its number, 0 if it could not be done: then the
    /// artifact is not watched.
    func attach(_ handle: DirectoryHandle, _ role: WatchTable.Role, only: [UInt8]? = nil) -> Int32 {
        guard state.withLock({ $0.refusal }) == nil else { return 0 }
        switch watcher.attach(handle, WatchTable.Subscription(artifact: number, role: role, only: only)) {
        case .success(let watch): return watch
        case .failure(let failure):
            refuse(failure.refusal)
            return 0
        }
    }

    /// Says why the artifact can't be watched. The look goes on without.
    func refuse(_ refusal: WatchRefusal) {
        state.withLock { state in
            state.refusal = state.refusal ?? refusal
            state.memory = nil
        }
    }

    /// Gives the watches of directories up that are not the artifact's any more.
    func detach(_ watches: [Int32]) { watcher.detach(watches, of: number) }

    /// Forgets all directories, before the artifact is walked anew.
    func reset() { watcher.reset(number) }

    /// How often the artifact's own directory was opened, as far as that has been seen.
    var openings: Int { watcher.openings(of: number) }

    /// All that has happened in the artifact until now; it counts as looked at. `nil` if events were lost since the look began, or if the opening of
    /// the artifact's own directory after `openings` was not among them: then its file system does not tell what happens.
    func takeTouches(openedAfter openings: Int) -> Touches? {
        watcher.takeTouches(number, losses: losses, openedAfter: openings)
    }

    /// Whether to each of these entries nothing has happened until now but one opening and closing of our own; forgets those that are so.
    func areOwnProbes(_ entries: [(watch: Int32, name: [UInt8])]) -> [Bool] {
        watcher.areOwnProbes(entries, of: number, losses: losses)
    }
}
