import TenonCore
import TenonFormat

extension WorkTree {
    private static var exclude: String { "info/exclude" }
    private static var attributes: String { "info/attributes" }

    /// Whether `prepare` has been here.
    func isPrepared() throws -> Bool {
        let text = try commonFiles.read(try RelativePath(WorkTree.exclude), limit: IgnoreRules.maximumLength) ?? []
        return IgnoreRules.contains(Attributes.temporaryLine, in: text)
    }

    /// What this clone needs before Tenon writes into it: rules that Git keeps to itself. Cheap where nothing is missing.
    func prepare() throws {
        let mergeDriver = try configuration("merge.tenon.driver") != nil
        let diffDriver = try configuration("diff.tenon.command") != nil || configuration("diff.tenon.textconv") != nil
        let line = Attributes.localLine(mergeDriver: mergeDriver, diffDriver: diffDriver)
        try engine.sharedFiles.withLock { _ in
            _ = try WorkTree.edit(commonFiles, try RelativePath(WorkTree.exclude)) { IgnoreRules.adding(Attributes.temporaryLine, to: $0) }
            _ = try WorkTree.edit(commonFiles, try RelativePath(WorkTree.attributes)) { text in
                if IgnoreRules.contains(line, in: text) { return text }
                return IgnoreRules.adding(line, to: IgnoreRules.removing(where: Attributes.isLocalLine, from: text))
            }
        }
    }

    /// Lets Git merge `.gitignore` files by taking the lines of both sides, unless somebody has said how: two people who add artifacts in one
    /// directory would meet there in a conflict. Only in this clone.
    func uniteIgnoreFiles() throws {
        guard try repository.attributes(["merge"], of: [try RelativePath(".gitignore")]).first?["merge"] == .unspecified else { return }
        try engine.sharedFiles.withLock { _ in
            _ = try WorkTree.edit(commonFiles, try RelativePath(WorkTree.attributes)) { IgnoreRules.adding(Attributes.unionLine, to: $0) }
        }
    }

    /// Makes Git ignore the data of `artifact`. Returns the `.gitignore` if that was changed.
    ///
    /// The nearest one is used, beside the artifact, so that two people who add artifacts in different directories never meet in one file.
    func ignore(_ artifact: RelativePath) throws -> RelativePath? {
        try exclude(artifact)
        let file = try WorkTree.ignoreFile(beside: artifact)
        let line = IgnoreRules.line(for: artifact.lastComponent)
        return try WorkTree.edit(files, file) { IgnoreRules.adding(line, to: $0) } ? file : nil
    }

    /// Undoes `ignore`. Returns the `.gitignore` if that was changed; one that held nothing else is removed.
    func unignore(_ artifact: RelativePath) throws -> RelativePath? {
        try unexclude(artifact)
        let file = try WorkTree.ignoreFile(beside: artifact)
        let line = IgnoreRules.line(for: artifact.lastComponent)
        guard try WorkTree.edit(files, file, { text in IgnoreRules.removing(where: { $0.elementsEqual(line) }, from: text) }) else { return nil }
        if try files.read(file, limit: IgnoreRules.maximumLength)?.isEmpty == true { try files.remove(file) }
        return file
    }

    /// The part of `ignore` that Git does not track: for branches that lack the `.gitignore`.
    func exclude(_ artifact: RelativePath) throws {
        try editExclude { IgnoreRules.adding(IgnoreRules.line(forPathFromTop: artifact), to: $0) }
    }

    /// Makes Git ignore what comes to new places, where no rule does: a pointer that was moved without Tenon leaves the line behind that `add` wrote
    /// for it. Only by rules that Git does not track, since it may be Git that is at work here.
    func excludeUnignored(_ artifacts: [RelativePath]) throws {
        for check in try repository.ignoreChecks(artifacts) where !check.isIgnored { try exclude(try RelativePath(bytes: check.path)) }
    }

    /// Undoes `exclude`.
    func unexclude(_ artifact: RelativePath) throws {
        let line = IgnoreRules.line(forPathFromTop: artifact)
        try editExclude { text in IgnoreRules.removing(where: { $0.elementsEqual(line) }, from: text) }
    }

    private func editExclude(_ change: ([UInt8]) -> [UInt8]) throws {
        try engine.sharedFiles.withLock { _ in
            _ = try WorkTree.edit(commonFiles, try RelativePath(WorkTree.exclude), change)
        }
    }

    /// Edits a file of lines at `path`; a missing one counts as empty. Returns whether it changed.
    func editRules(_ path: RelativePath, _ change: ([UInt8]) -> [UInt8]) throws -> Bool {
        try WorkTree.edit(files, path, change)
    }

    private static func edit(_ files: WorkTreeFiles, _ path: RelativePath, _ change: ([UInt8]) -> [UInt8]) throws -> Bool {
        let present = try files.read(path, limit: IgnoreRules.maximumLength)
        if present == nil, try files.kind(of: path) != .absent {
            throw TenonError(.conflict, "'\(path)' can't be edited", cause: "it is not a regular file")
        }
        let text = present ?? []
        let changed = change(text)
        guard changed != text else { return false }
        try files.replace(path, with: changed)
        return true
    }

    private static func ignoreFile(beside artifact: RelativePath) throws -> RelativePath {
        let name = Array(".gitignore".utf8)
        return try artifact.parent.map { parent throws(TenonError) in try parent.appending(name) } ?? RelativePath(bytes: name)
    }
}
