import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension PointerSummary {
    /// What `pointer` says, for the wire.
    init(_ pointer: Pointer) {
        self.init(
            kind: pointer.kind, oid: pointer.oid.description, size: pointer.size, files: pointer.files, manifest: pointer.manifest?.description,
            executable: pointer.executable, run: pointer.run?.description)
    }
}

extension Pointer {
    /// The pointer of what lies in a work tree: a function of the content alone. Throws `invalidArgument` for more bytes than a pointer can say.
    init(_ content: Content) throws {
        guard let pointer = content.pointer else {
            throw TenonError(.invalidArgument, "the data can't be an artifact", cause: "it has more than 2^63 − 1 bytes")
        }
        self = pointer
    }
}
