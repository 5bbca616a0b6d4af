import TenonFormat

/// What is known of an artifact's data in a work tree: the pointer that data and pointer file last agreed on, or that files are on the way.
enum Base: Hashable, Sendable {
    /// Data and pointer file agreed on this.
    case settled(Pointer)
    /// A checkout began to bring the data from one pointer to the other, and has not finished. `nil`: no data.
    case moving(from: Pointer?, to: Pointer?)

    /// The pointer that the data agreed on, if no checkout is under way.
    var pointer: Pointer? {
        switch self {
        case .settled(let pointer): pointer
        case .moving: nil
        }
    }

    var isMoving: Bool {
        switch self {
        case .settled: false
        case .moving: true
        }
    }
}
