import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Job {
    /// What lies at an artifact's path now, as a pointer; `nil`: nothing. Reads only what the stat cache can't vouch for, and stores nothing.
    func observe(_ artifact: RelativePath) throws -> Pointer? {
        try checkCancellation()
        meter.begin(.scanning, artifact.description)
        switch try store.look(try tree.place(artifact), progress: sink) {
        case .absent: return nil
        case .present(let content): return try Pointer(content)
        }
    }
}
