import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// Whether a path may be an artifact, and if not, why and what to do.
struct PathCheck {
    let tree: WorkTree
    let store: Store
    let survey: Survey
    /// What Git tracks may be taken over.
    var adopts = false
    /// Artifacts that leave their places, so that they are in nobody's way.
    var leaving: Set<RelativePath> = []
    /// What can't be done, for messages.
    var failure: (RelativePath) -> String = { "'\($0)' can't be added" }

    /// Throws an error that names the rule that `path` breaks. `others` are to be added in the same request.
    func require(_ path: RelativePath, among others: [RelativePath]) throws {
        try requireContent(at: path)
        try requireApart(path, from: others)
        try requireOutsideGit(path)
        if !adopts { try requireUntracked(path) }
        if survey[path]?.isNamed != true { try requirePointer(for: path) }
    }

    /// Throws unless what is to be moved to `path` can lie there; nothing may lie there yet.
    func requireFree(_ path: RelativePath) throws {
        try requireNoTemporary(path)
        if let parent = path.parent, try tree.files.kind(of: parent) != .directory {
            throw refused(path, .notFound, "'\(parent)' is not a directory", hint: "make it first")
        }
        guard try tree.files.kind(of: path) == .absent else { throw refused(path, .conflict, "something lies there") }
        try requireApart(path, from: [])
        try requireOutsideGit(path)
        try requireUntracked(path)
    }

    private func refused(
        _ path: RelativePath, _ code: TenonError.Code, _ cause: String, hint: String? = nil
    ) -> TenonError {
        TenonError(code, failure(path), cause: cause, hint: hint)
    }

    private func requireNoTemporary(_ path: RelativePath) throws {
        if path.components.contains(where: { $0.elementsEqual(WorkTreeFiles.temporaryDirectory.utf8) }) {
            throw refused(path, .invalidArgument, "\(WorkTreeFiles.temporaryDirectory) is where Tenon keeps temporary files")
        }
    }

    private func requireContent(at path: RelativePath) throws {
        try requireNoTemporary(path)
        switch try tree.files.kind(of: path) {
        case .file, .directory: break
        case .absent:
            let isTracked = survey[path]?.isNamed == true
            throw refused(path, .notFound, "it does not exist", hint: isTracked ? "tenon restore \(path) brings its data back" : nil)
        case .symlink:
            throw refused(path, .invalidArgument, "it is a symbolic link", hint: "add what it points to; the link itself belongs in Git")
        case .special(let what): throw refused(path, .invalidArgument, "it is a \(what)")
        case .blocked(let ancestor, let isSymlink):
            if isSymlink {
                throw refused(
                    path, .invalidArgument, "'\(ancestor)' is a symbolic link", hint: "name the path that it leads to, if that lies in this work tree"
                )
            }
            throw refused(path, .notFound, "'\(ancestor)' is not a directory")
        }
    }

    /// Artifacts do not lie inside one another.
    private func requireApart(_ path: RelativePath, from others: [RelativePath]) throws {
        for other in survey.records.filter(\.isNamed).map(\.path) + others where other != path && !leaving.contains(other) {
            if path.isWithin(other) {
                throw refused(path, .conflict, "it lies inside the artifact '\(other)'", hint: "tenon add \(other) takes its new state")
            }
            if other.isWithin(path) {
                throw refused(
                    path, .conflict, "the artifact '\(other)' lies inside it", hint: "tenon untrack \(other) first, or add what lies beside it")
            }
        }
    }

    private func requireOutsideGit(_ path: RelativePath) throws {
        if let submodule = try tree.submodule(around: path) {
            throw refused(path, .invalidArgument, "it belongs to the submodule '\(submodule)'", hint: "run the command there")
        }
        let absolute = Array("\(tree.path)/".utf8) + path.bytes
        for (directory, what) in tree.foreignDirectories + [(Array(store.home.utf8), "Tenon's store")] {
            // All of a trial's work tree lies inside the Git directory.
            if tree.isTrial, directory.elementsEqual(tree.commonDirectory.utf8) { continue }
            let isInside = absolute.elementsEqual(directory) || absolute.starts(with: directory + [UInt8(ascii: "/")])
            if isInside || directory.starts(with: absolute + [UInt8(ascii: "/")]) {
                throw refused(path, .invalidArgument, isInside ? "it lies inside \(what)" : "\(what) lies inside it")
            }
        }
    }

    private func requireUntracked(_ path: RelativePath) throws {
        guard try tree.isTrackedByGit(path) else { return }
        let isDirectory = try tree.files.kind(of: path) == .directory
        throw refused(
            path, .conflict, isDirectory ? "Git tracks files in it" : "Git tracks it",
            hint: "tenon add --adopt \(path) takes it over")
    }

    /// A new pointer must get into Git as it is.
    func requirePointer(for path: RelativePath) throws {
        let pointer = try path.pointerPath
        if try tree.files.kind(of: pointer) != .absent, survey[path]?.isNamed != true {
            throw refused(path, .conflict, "'\(pointer)' exists and is not its pointer", hint: "move that file away")
        }
        if let rule = try tree.ignoreRule(for: pointer) {
            throw refused(
                path, .conflict,
                "Git ignores its pointer '\(pointer)', by '\(displayName(rule.pattern))' in \(displayName(rule.source)):\(rule.line)",
                hint: IgnoreRemedy(check: rule).hint)
        }
        if let filter = try tree.filter(of: pointer) {
            throw refused(
                path, .conflict, "the attribute filter=\(filter) would change its pointer",
                hint: "run 'tenon init', which sets '*.tenon -filter', or narrow the pattern in .gitattributes")
        }
    }
}
