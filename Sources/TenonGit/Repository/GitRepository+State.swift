import TenonCore

extension GitRepository {
    /// What Git has begun in this work tree and not finished, the outermost first: in a rebase that stopped at a pick, `rebase` and then
    /// `cherryPick`.
    package func operationsInProgress() throws -> [GitOperation] {
        var result: [GitOperation] = []
        if has("rebase-merge") { result.append(.rebase) }
        if has("rebase-apply") { result.append(has("rebase-apply/applying") ? .am : .rebase) }
        if has("MERGE_HEAD") { result.append(.merge) }
        let sequence = try DirectoryFiles.line(own("sequencer/todo")) ?? []
        if try hasReference("CHERRY_PICK_HEAD") || sequence.starts(with: "pick ".utf8) { result.append(.cherryPick) }
        if try hasReference("REVERT_HEAD") || sequence.starts(with: "revert ".utf8) { result.append(.revert) }
        if has("BISECT_START") || has("BISECT_LOG") { result.append(.bisect) }
        return result
    }

    /// Objects that files of this work tree's Git directory name, beside references: special heads and the state of rebase, am, cherry-pick,
    /// revert and bisect. Some may be missing; `HEAD` is not among them.
    package func specialHeads() throws -> [SpecialHead] {
        var result: [SpecialHead] = []
        func take(_ name: String) throws {
            guard let bytes = try DirectoryFiles.read(own(name)) else { return }
            var ids = SpecialFiles.ids(bytes, objectFormat)
            if name.hasSuffix("todo") || name.hasSuffix("/done") {
                for short in SpecialFiles.abbreviations(bytes, objectFormat) {
                    if let id = try expand(short), !ids.contains(id) { ids.append(id) }
                }
            }
            if !ids.isEmpty { result.append(SpecialHead(name: name, ids: ids)) }
        }
        for name in try DirectoryFiles.names(in: gitDirectory) where SpecialFiles.isSpecial(name) {
            try take(String(decoding: name, as: UTF8.self))
        }
        for (directory, files) in SpecialFiles.stateFiles.sorted(by: { $0.key < $1.key }) {
            for file in files { try take("\(directory)/\(file)") }
        }
        if usesReftable {
            for name in ["AUTO_MERGE", "BISECT_HEAD", "CHERRY_PICK_HEAD", "ORIG_HEAD", "REBASE_HEAD", "REVERT_HEAD"] {
                if let id = try idOfPseudoReference(name) { result.append(SpecialHead(name: name, ids: [id])) }
            }
        }
        return result
    }

    /// The main work tree and all linked ones, this one included.
    package func worktrees() throws -> [WorktreeInfo] {
        let records = try read { try $0.references() }
        let targets = Dictionary(records.map { ($0.name, $0.target) }) { first, _ in first }
        let heads = usesReftable ? try headsByGit() : nil
        var result: [WorktreeInfo] = []
        func take(_ name: String?, _ path: [UInt8]?, _ directory: [UInt8]) throws {
            let head: Head
            if let heads {
                head = path.flatMap { heads[$0] } ?? Head(branch: nil, commit: nil)
            } else {
                let line = try DirectoryFiles.line(DirectoryFiles.join(directory, "HEAD")) ?? []
                let branch = line.starts(with: "ref: ".utf8) ? String(decoding: line.dropFirst(5), as: UTF8.self) : nil
                head = Head(branch: branch, commit: branch.map { targets[$0] ?? nil } ?? GitObjectID(hexBytes: line))
            }
            result.append(
                WorktreeInfo(
                    name: name, path: path, gitDirectory: directory, head: head,
                    isLocked: DirectoryFiles.exists(DirectoryFiles.join(directory, "locked")),
                    isPresent: path.map { DirectoryFiles.exists(DirectoryFiles.join($0, ".git")) || $0 == workTree } ?? false))
        }
        try take(nil, try mainWorkTree(), commonDirectory)
        let linked = DirectoryFiles.join(commonDirectory, "worktrees")
        for name in try DirectoryFiles.names(in: linked) {
            let directory = DirectoryFiles.join(linked, name)
            // The file names the `.git` of the work tree, absolute or from its own directory.
            guard let file = try DirectoryFiles.line(DirectoryFiles.join(directory, "gitdir")), !file.isEmpty else { continue }
            let place = PathSpelling.normalised(DirectoryFiles.join(directory, file))
            try take(String(decoding: name, as: UTF8.self), PathSpelling.parent(place), directory)
        }
        return result
    }

    private func mainWorkTree() throws -> [UInt8]? {
        if !isLinkedWorktree { return workTree }
        let file = GitArgument(bytes: DirectoryFiles.join(commonDirectory, "config"))
        let outcome = try process.run(["config", "-z", "--file", file, "--get-regexp", "^core\\.(bare|worktree)$"])
        var values: [String: ArraySlice<UInt8>] = [:]
        for item in outcome.output.split(separator: 0) {
            let parts = item.split(separator: 0x0A, maxSplits: 1)
            if let key = parts.first { values[String(decoding: key, as: UTF8.self)] = parts.count == 2 ? parts[1] : [] }
        }
        if let bare = values["core.bare"], !["false", "no", "off", "0"].contains(String(decoding: bare, as: UTF8.self)) { return nil }
        if let path = values["core.worktree"] { return PathSpelling.normalised(DirectoryFiles.join(commonDirectory, path)) }
        return PathSpelling.parent(commonDirectory)
    }

    private func headsByGit() throws -> [[UInt8]: Head] {
        var result: [[UInt8]: Head] = [:]
        var path: [UInt8] = []
        var commit: GitObjectID?
        for item in try process.succeed(["worktree", "list", "--porcelain", "-z"]).output.split(separator: 0, omittingEmptySubsequences: false) {
            if item.starts(with: "worktree ".utf8) { (path, commit) = (Array(item.dropFirst(9)), nil) }
            if item.starts(with: "HEAD ".utf8) { commit = GitObjectID(hexBytes: item.dropFirst(5)).flatMap { $0.isZero ? nil : $0 } }
            if item.starts(with: "branch ".utf8) { result[path] = Head(branch: String(decoding: item.dropFirst(7), as: UTF8.self), commit: commit) }
            if item.elementsEqual("detached".utf8) { result[path] = Head(branch: nil, commit: commit) }
        }
        return result
    }

    /// What `git rev-parse --git-path` gives for `path`, absolute: the common directory for what work trees share, this one's own otherwise.
    package func gitPath(_ path: String) throws -> [UInt8] {
        if path == "index", let index = process.environment.indexFile { return index }
        let isHook = path == "hooks" || path.hasPrefix("hooks/")
        let isObject = (path == "objects" || path.hasPrefix("objects/")) && process.environment.redirectsObjects
        if isObject || isHook, try isObject || configuration("core.hooksPath") != nil {
            let outcome = try process.succeed(["rev-parse", "--path-format=absolute", "--git-path", GitArgument(path)])
            return Array(outcome.line)
        }
        return DirectoryFiles.join(SharedPaths.contains(path) ? commonDirectory : gitDirectory, path)
    }

    private func own(_ name: String) -> [UInt8] { DirectoryFiles.join(gitDirectory, name) }
    private func has(_ name: String) -> Bool { DirectoryFiles.exists(own(name)) }

    private func hasReference(_ name: String) throws -> Bool {
        try has(name) || usesReftable && idOfPseudoReference(name) != nil
    }

    private func idOfPseudoReference(_ name: String) throws -> GitObjectID? {
        let outcome = try process.run(["rev-parse", "-q", "--verify", GitArgument(name)])
        return outcome.status == 0 ? GitObjectID(hexBytes: outcome.line) : nil
    }

    /// The object that an abbreviated id stands for; `nil` if there is none, or more than one.
    private func expand(_ abbreviation: String) throws -> GitObjectID? {
        let outcome = try process.run(["rev-parse", "-q", "--verify", GitArgument(abbreviation + "^{object}")])
        return outcome.status == 0 ? GitObjectID(hexBytes: outcome.line) : nil
    }
}
