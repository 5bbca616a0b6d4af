import TenonCore
import TenonFormat

/// What lies where an artifact's pointer file should be.
enum PointerFile: Hashable, Sendable {
    /// Nothing, in the work tree or the index: the artifact does not exist in this tree.
    case absent
    /// Nothing in the work tree, but the index has it: a sparse checkout hides it, or somebody removed the file alone.
    case hidden(Pointer)
    case present(Pointer)
    /// Something that can't be read as a pointer, and why.
    case damaged(TenonError)

    /// What the pointer says, hidden or not.
    var pointer: Pointer? {
        switch self {
        case .hidden(let pointer), .present(let pointer): pointer
        case .absent, .damaged: nil
        }
    }
}
