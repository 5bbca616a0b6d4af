import Dispatch
import TenonCore

/// What is to be noted of artifacts once the one who changed them has been answered. Whoever looks at such an artifact next waits for it.
final class LateNotes: Sendable {
    private let queue = DispatchQueue(label: "tenon.store.notes", qos: .userInitiated)
    /// Artifacts of which something is still to be noted, each with how often.
    private let pending = Monitor<[ArtifactPlace: Int]>([:])

    /// Runs `work`, which must not wait for notes of `place`, soon and on another thread.
    func add(_ place: ArtifactPlace, _ work: @escaping @Sendable () -> Void) {
        let place = LateNotes.key(place)
        pending.withLock { $0[place, default: 0] += 1 }
        queue.async { [pending] in
            work()
            pending.withLock { pending in
                let left = (pending[place] ?? 1) - 1
                pending[place] = left == 0 ? nil : left
            }
            pending.wakeAll()
        }
    }

    func wait(for place: ArtifactPlace) {
        let place = LateNotes.key(place)
        pending.waitFor { $0[place] == nil ? () : nil }
    }

    func waitForAll() {
        queue.sync {}
    }

    /// Where it lies and what the stat cache calls it, which is all that two looks at one artifact agree in.
    private static func key(_ place: ArtifactPlace) -> ArtifactPlace {
        ArtifactPlace(workTreeRoot: place.workTreeRoot, workTreeID: place.workTreeID, path: place.path)
    }
}
