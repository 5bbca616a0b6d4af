import TenonFormat

/// What is known of an artifact's data in a work tree: the pointer that data and pointer file last agreed on, or that files are on the way.
enum Base: Hashable, Sendable {
    /// Data and pointer file agreed on this.
    case settled(Pointer)
    /// The same, but a checkout wrote the data and not all of it may be on disk: as good as `settled` in this boot of the machine. In any other
    /// one it is `moving`, as only reading tells what a power cut has left.
    case written(Pointer, boot: BootID)
    /// A checkout began to bring the data from one pointer to the other, and has not finished. `nil`: no data.
    case moving(from: Pointer?, to: Pointer?)

    /// The pointer that the data agreed on, if no checkout is under way.
    var pointer: Pointer? {
        switch self {
        case .settled(let pointer), .written(let pointer, _): pointer
        case .moving: nil
        }
    }

    /// The base once data and pointer agree on `pointer`, where `earlier` was it. What takes the place of a move that may not be on disk is no surer
    /// than that.
    static func agreed(on pointer: Pointer, after earlier: Base?, boot: BootID) -> Base {
        switch earlier {
        case .written, .moving: .written(pointer, boot: boot)
        case .settled, nil: .settled(pointer)
        }
    }

    var isMoving: Bool {
        switch self {
        case .settled, .written: false
        case .moving: true
        }
    }
}
