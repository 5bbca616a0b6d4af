import TenonAPI
import TenonCore
import TenonFormat

/// How an artifact's pointer file P, data D and base B stand to each other, with what follows from it.
///
/// `init(pointer:data:base:isConflicted:)` is the table of states; everything that reports, moves or refuses goes by it.
struct Standing: Equatable, Sendable {
    /// What may be done about the artifact.
    enum Step: Equatable, Sendable {
        /// Nothing: it is as it should be, or it is for the person to decide.
        case leave
        /// B becomes P: data and pointer agree, and only the base did not know.
        case settle
        /// Only here may a pointer be written from data.
        case take
        /// The data is brought to P; what the base names is what lies there.
        case bring
        /// The data is saved, then brought to P.
        case saveAndBring
        /// The data goes, because Git took the pointer away; it is what the base names.
        case drop
        /// The data is saved, then goes.
        case saveAndDrop
        /// Nothing is left of the artifact but its base, which goes.
        case forget
    }

    var state: ArtifactState
    var step: Step

    /// - Parameters:
    ///   - pointer: the pointer file.
    ///   - data: the content that lies in the work tree, as a pointer; `nil`: none.
    ///   - base: what pointer and data last agreed on; `nil`: nothing is known.
    ///   - isConflicted: whether the index holds conflict stages of the pointer.
    init(pointer: PointerFile, data: Pointer?, base: Base?, isConflicted: Bool) {
        (state, step) = Standing.judge(pointer: pointer, data: data, base: base, isConflicted: isConflicted)
    }

    init(state: ArtifactState, step: Step) {
        self.state = state
        self.step = step
    }

    private static func judge(pointer: PointerFile, data: Pointer?, base: Base?, isConflicted: Bool) -> (ArtifactState, Step) {
        if isConflicted { return (.conflicted, inConflict(pointer: pointer, data: data, base: base)) }
        switch pointer {
        case .damaged:
            return (.damaged, .leave)
        case .absent:
            return withoutPointer(data: data, base: base)
        case .hidden(let named):
            // Not a deletion: whatever the data is, it stays.
            let (state, step) = against(named, data: data, base: base)
            return (state, step == .settle ? .settle : .leave)
        case .present(let named):
            return against(named, data: data, base: base)
        }
    }

    private static func against(_ named: Pointer, data: Pointer?, base: Base?) -> (ArtifactState, Step) {
        if let data, data.sameContent(as: named) {
            // With the last file in place a checkout is over, even if it was killed before it could say so.
            return (.clean, base?.pointer?.sameContent(as: named) == true ? .leave : .settle)
        }
        guard let base else { return data == nil ? (.notFetched, .bring) : (.diverged, .saveAndBring) }
        guard let agreed = base.pointer else { return (.moving, .saveAndBring) }
        guard let data else { return (.missing, agreed.sameContent(as: named) ? .leave : .bring) }
        if agreed.sameContent(as: named) { return (.modified, .take) }
        return data.sameContent(as: agreed) ? (.behind, .bring) : (.diverged, .saveAndBring)
    }

    /// Whatever the person has done about a conflict stays. But where nothing was done, and Git moved the pointer when it stopped, data goes with it:
    /// as at a stop of `git merge`, what lies there is what the pointer says.
    private static func inConflict(pointer: PointerFile, data: Pointer?, base: Base?) -> Step {
        guard case .present(let named) = pointer, let data, let agreed = base?.pointer else { return .leave }
        return data.sameContent(as: agreed) && !data.sameContent(as: named) ? .bring : .leave
    }

    /// The pointer is gone, so the data should go; without a base it was never an artifact's here.
    private static func withoutPointer(data: Pointer?, base: Base?) -> (ArtifactState, Step) {
        guard let base else { return (.clean, .leave) }
        guard let data else { return (.clean, .forget) }
        guard let agreed = base.pointer else { return (.moving, .saveAndDrop) }
        return data.sameContent(as: agreed) ? (.behind, .drop) : (.diverged, .saveAndDrop)
    }
}
