import TenonCore

extension GitRepository {
    /// All references but `HEAD`, in byte order of their names: those that all work trees share, and this work tree's own.
    ///
    /// Broken ones are there too (`Ref.isBroken`): both readers pass over them in silence, but what they named may still be wanted.
    package func references() throws -> [Ref] {
        var records = try read { try $0.references() }
        if !usesReftable { records += try overlookedReferences(Set(records.map(\.name))) }
        let sorted = records.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return try sorted.map { record in
            let type = try record.target.flatMap { try info($0) }?.type
            let commit = try record.target.flatMap { target in try type.flatMap { try peel(target, $0) } }
            return Ref(name: record.name, target: record.target, symbolicTarget: record.symbolicTarget, targetType: type, commit: commit)
        }
    }

    /// The branches by full name, with their commits. One `git` process.
    package func branches() throws -> [String: GitObjectID] {
        var found: [String: GitObjectID] = [:]
        for line in try process.succeed(["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/"]).output.split(separator: 0x0A) {
            guard let space = line.firstIndex(of: 0x20), let id = GitObjectID(hexBytes: line[..<space]) else {
                throw TenonError(.git, "git gave an answer that is not understood", cause: displayName(line))
            }
            found[String(decoding: line[(space + 1)...], as: UTF8.self)] = id
        }
        return found
    }

    /// Loose references that are not in `known`: broken, dangling, or made a moment ago.
    private func overlookedReferences(_ known: Set<String>) throws -> [ReferenceRecord] {
        var result: [ReferenceRecord] = []
        for directory in isLinkedWorktree ? [commonDirectory, gitDirectory] : [gitDirectory] {
            for file in try DirectoryFiles.filesBelow(DirectoryFiles.join(directory, "refs")) {
                let name = "refs/" + String(decoding: file, as: UTF8.self)
                guard !known.contains(name), SharedPaths.contains(name) == (directory == commonDirectory) || !isLinkedWorktree else { continue }
                guard let line = try DirectoryFiles.line(DirectoryFiles.join(DirectoryFiles.join(directory, "refs"), file)) else { continue }
                let symbolic = line.starts(with: "ref: ".utf8) ? String(decoding: line.dropFirst(5), as: UTF8.self) : nil
                let target = GitObjectID(hexBytes: line).flatMap { $0.isZero ? nil : $0 }
                result.append(ReferenceRecord(name: name, target: target, symbolicTarget: symbolic))
            }
        }
        return result
    }

    /// All reflogs of the repository, those of other work trees and of references that are gone included; each newest first.
    package func reflogs() throws -> [ReflogEntry] {
        if usesReftable { return try reflogsByGit() }
        var result: [ReflogEntry] = []
        func take(_ directory: [UInt8], naming prefix: String) throws {
            let logs = DirectoryFiles.join(directory, "logs")
            for file in try DirectoryFiles.filesBelow(logs) {
                let bytes = try DirectoryFiles.read(DirectoryFiles.join(logs, file), limit: GitRepository.reflogLimit) ?? []
                result += ReflogParser.entries(bytes, reference: prefix + String(decoding: file, as: UTF8.self))
            }
        }
        try take(commonDirectory, naming: isLinkedWorktree ? "main-worktree/" : "")
        let linked = DirectoryFiles.join(commonDirectory, "worktrees")
        for name in try DirectoryFiles.names(in: linked) {
            let directory = DirectoryFiles.join(linked, name)
            let isThis = isLinkedWorktree && DirectoryFiles.isSame(directory, gitDirectory)
            try take(directory, naming: isThis ? "" : "worktrees/\(String(decoding: name, as: UTF8.self))/")
        }
        return result.map { entry in
            // What all share has one name, from whichever work tree it is seen.
            guard entry.reference.hasPrefix("main-worktree/refs/") else { return entry }
            let name = String(entry.reference.dropFirst("main-worktree/".count))
            return SharedPaths.contains("logs/" + name)
                ? ReflogEntry(reference: name, old: entry.old, new: entry.new, who: entry.who, message: entry.message) : entry
        }
    }

    private static let reflogLimit = 1 << 30

    /// The reflog of one reference, newest first; empty if it has none.
    package func reflog(of reference: String) throws -> [ReflogEntry] {
        if usesReftable { return try reflogByGit(reference) }
        let file = gitPath(ofLog: reference)
        return ReflogParser.entries(try DirectoryFiles.read(file, limit: GitRepository.reflogLimit) ?? [], reference: reference)
    }

    private func gitPath(ofLog reference: String) -> [UInt8] {
        let path = "logs/" + reference
        return DirectoryFiles.join(SharedPaths.contains(path) ? commonDirectory : gitDirectory, path)
    }

    /// The stashed states, newest first: commits whose parents are the commit, the index and, if they were stashed, untracked files.
    package func stashes() throws -> [ReflogEntry] {
        try reflog(of: "refs/stash")
    }

    // MARK: Reftable

    private func reflogsByGit() throws -> [ReflogEntry] {
        let names = try process.succeed(["reflog", "list"]).output.split(separator: 0x0A)
        return try names.flatMap { try reflogByGit(String(decoding: $0, as: UTF8.self)) }
    }

    /// Git prints no old ids; each entry's is the new id of the one before.
    private func reflogByGit(_ reference: String) throws -> [ReflogEntry] {
        let outcome = try process.run(["log", "-g", "-z", "--format=%H%n%gn <%ge> %gd%n%gs", "--date=raw", GitArgument(reference), "--"])
        guard outcome.status == 0 else { return [] }
        let fields = outcome.output.split(separator: 0).map { $0.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false) }
        let ids = fields.map { $0.first.flatMap { GitObjectID(hexBytes: $0) } }
        return fields.enumerated().compactMap { position, fields in
            guard fields.count == 3, let new = ids[position] else { return nil }
            // `name <email> refs/heads/main@{1700000000 +0000}`
            var who = fields[1]
            if who.last == UInt8(ascii: "}") { who.removeLast() }
            if let close = who.lastIndex(of: UInt8(ascii: ">")), let brace = who.lastIndex(of: UInt8(ascii: "{")), close < brace {
                who.removeSubrange((close + 1)...brace)
                who.insert(0x20, at: close + 1)
            }
            return ReflogEntry(
                reference: reference, old: position + 1 < ids.count ? ids[position + 1] : nil, new: new,
                who: SignatureParser.signature(who), message: String(decoding: fields[2], as: UTF8.self))
        }
    }
}
