import Dispatch
import Synchronization
import TenonCore
import Testing

@testable import TenonStore

/// What is noted after the reply, and who waits for it.
struct LateNotesTests {
    private func place(_ path: String, sharesFiles: Bool = false) throws -> ArtifactPlace {
        ArtifactPlace(workTreeRoot: "/w", workTreeID: "w", path: try RelativePath(path), sharesFiles: sharesFiles)
    }

    @Test func whoAsksForThePlaceWaitsAndNobodyElse() throws {
        let notes = LateNotes()
        let gate = DispatchSemaphore(value: 0)
        let done = Atomic(0)
        notes.add(try place("data")) {
            gate.wait()
            done.wrappingAdd(1, ordering: .sequentiallyConsistent)
        }
        // Would hang if it waited for the other.
        notes.wait(for: try place("model"))
        #expect(done.load(ordering: .sequentiallyConsistent) == 0)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(30)) { gate.signal() }
        notes.wait(for: try place("data", sharesFiles: true))
        #expect(done.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test func allNotesOfAPlaceAreWaitedFor() throws {
        let notes = LateNotes()
        let gate = DispatchSemaphore(value: 0)
        let done = Atomic(0)
        for _ in 0..<3 {
            notes.add(try place("data")) {
                gate.wait()
                done.wrappingAdd(1, ordering: .sequentiallyConsistent)
            }
        }
        for delay in [10, 20, 30] { DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(delay)) { gate.signal() } }
        notes.wait(for: try place("data"))
        #expect(done.load(ordering: .sequentiallyConsistent) == 3)
        notes.waitForAll()
    }

    /// Whether `use` waits for a note of `place` in `store`.
    private func waits(_ store: Store, _ place: ArtifactPlace, _ use: () throws -> Void) throws -> Bool {
        let gate = DispatchSemaphore(value: 0)
        let isNoted = Atomic(false)
        store.lateNotes.add(place) {
            gate.wait()
            isNoted.store(true, ordering: .sequentiallyConsistent)
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(30)) { gate.signal() }
        try use()
        let wasNoted = isNoted.load(ordering: .sequentiallyConsistent)
        store.lateNotes.waitForAll()
        return wasNoted
    }

    @Test func whatGoesByOrForgetsStatsWaits() throws {
        let tree = try WorkTreeFixture()
        tree.write("data/a", "hello")
        let (store, place, moved) = (tree.store, try tree.place("data"), try tree.place("moved"))
        #expect(try waits(store, place) { _ = try store.look(place, progress: ProgressSink()) })
        #expect(try waits(store, place) { store.forgetStats(of: place) })
        #expect(
            try waits(store, place) {
                try store.relocate(place.path, to: moved.path, workTreeRoot: tree.root, artifacts: [(from: place, to: moved)])
            })
    }

    @Test func aStoreIsClosedAfterItsNotes() throws {
        let fixture = StoreFixture()
        let store = try fixture.open()
        #expect(try waits(store, try place("data")) { store.close() })
    }
}
