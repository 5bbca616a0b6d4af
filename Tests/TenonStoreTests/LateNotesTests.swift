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
}
