import TenonCore
import TenonFormat
import TenonGit

/// An artifact as Git and Tenon name it in a work tree, before anyone has looked at its data.
struct ArtifactRecord {
    var path: RelativePath
    var pointerFile = PointerFile.absent
    /// The pointer file's bytes, where there is one.
    var pointerBytes: [UInt8]?
    var base: Base?
    /// The blob in Git's index, where it is not in conflict.
    var staged: GitObjectID?
    /// The blobs of stages 1 to 3, where it is.
    var conflict: [Int: GitObjectID] = [:]

    /// Whether its pointer is gone and another artifact's path encloses its own: the data is that one's now.
    var isEnclosed = false

    var isConflicted: Bool { !conflict.isEmpty }

    /// Whether a pointer names it, in the work tree or the index; else only a base is left.
    var isNamed: Bool { pointerFile != .absent || isConflicted }

    /// Whether its state depends on its data at all.
    var needsData: Bool {
        if case .damaged = pointerFile { return false }
        return !isConflicted && !isEnclosed
    }

    /// Whether the pointer is still the one that the data agreed on, so that the data can only be clean, modified or missing.
    var isPointerUnmoved: Bool {
        guard let agreed = base?.pointer, let pointer = pointerFile.pointer else { return false }
        return agreed.sameContent(as: pointer)
    }

    /// Whether it is in conflict, and its pointer is not the one that the data agreed on: a rebase that stops has one side's pointer, and the data of
    /// the branch that it began from.
    var isConflictMoved: Bool {
        guard isConflicted, !isEnclosed, case .present = pointerFile, base?.pointer != nil else { return false }
        return !isPointerUnmoved
    }

    /// How it stands with `data` in the work tree.
    func standing(data: Pointer?) -> Standing {
        if isEnclosed { return Standing(state: .clean, step: .forget) }
        return Standing(pointer: pointerFile, data: data, base: base, isConflicted: isConflicted)
    }
}
