import TenonAPI
import TenonCore
import TenonFormat

/// The pointers of a commit, or of the work tree, to find what a path means among them.
struct Lookup {
    let tree: WorkTree
    /// By artifact; what can't be read is not here.
    let pointers: [RelativePath: Pointer]
    /// For messages: the commit, or the work tree.
    let name: String

    /// - Parameters:
    ///   - commit: 40 or 64 hexadecimal digits; `nil`: the work tree.
    init(_ tree: WorkTree, commit: String?) throws {
        self.tree = tree
        var found: [RelativePath: Pointer] = [:]
        if let commit {
            let id = try tree.commitIdentifier(commit)
            for (path, bound) in try tree.pointers(in: id) { found[path] = try? tree.pointer(in: bound.blob) }
            name = "commit \(id.hex.prefix(12))"
        } else {
            for record in try Survey(tree).records { found[record.path] = record.pointerFile.pointer }
            name = "the work tree"
        }
        pointers = found
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

    func notFound(_ path: RelativePath) -> TenonError {
        TenonError(.notFound, "'\(path)' is not there", cause: "\(name) has no artifact with it", hint: "tenon ls lists what there is")
    }
}
