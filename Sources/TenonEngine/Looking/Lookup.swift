import TenonAPI
import TenonCore
import TenonFormat

/// The pointers of a commit, or of the work tree, to find what a path means among them.
struct Lookup {
    let tree: WorkTree
    /// By artifact; what can't be read is in `unreadable`.
    let pointers: [RelativePath: Pointer]
    /// Why pointers can't be read, by artifact.
    let unreadable: [RelativePath: TenonError]
    /// For messages: the commit, or the work tree.
    let name: String

    /// - Parameters:
    ///   - commit: 40 or 64 hexadecimal digits; `nil`: the work tree.
    init(_ tree: WorkTree, commit: String?) throws {
        self.tree = tree
        var found: [RelativePath: Pointer] = [:]
        var unreadable: [RelativePath: TenonError] = [:]
        if let commit {
            let id = try tree.commitIdentifier(commit)
            for (path, bound) in try tree.pointers(in: id) {
                do {
                    found[path] = try tree.pointer(in: bound.blob)
                } catch let error as TenonError {
                    unreadable[path] = TenonError(unreadablePointerOf: path, error)
                }
            }
            name = "commit \(id.hex.prefix(12))"
        } else {
            for record in try Survey(tree).records {
                found[record.path] = record.pointerFile.pointer
                if case .damaged(let error) = record.pointerFile {
                    unreadable[record.path] = TenonError(unreadablePointerOf: record.path, error)
                }
            }
            name = "the work tree"
        }
        pointers = found
        self.unreadable = unreadable
    }

    /// The artifact that `path` is or lies in, its pointer, and the rest of the path inside it.
    func artifact(around path: RelativePath) -> (path: RelativePath, pointer: Pointer, entry: RelativePath?)? {
        var candidate: RelativePath? = path
        while let artifact = candidate {
            if let pointer = pointers[artifact] { return (artifact, pointer, path.relative(to: artifact)) }
            candidate = artifact.parent
        }
        return nil
    }

    /// Why there is no artifact around `path`: its pointer can't be read, or there is none.
    func notFound(_ path: RelativePath) -> TenonError {
        if let found = unreadable.first(where: { path.isWithin($0.key) }) { return found.value }
        return TenonError(.notFound, "'\(path)' is not there", cause: "\(name) has no artifact with it", hint: "tenon ls lists what there is")
    }
}
