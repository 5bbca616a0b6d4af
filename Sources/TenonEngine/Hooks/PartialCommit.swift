import TenonCore
import TenonFormat
import TenonGit

/// The pointers that `git commit PATH` commits from an index of its own, so that Git's real index, which it has written before, can be given
/// them afterwards: else the next commit would take them back.
///
/// One text, `tenon/partial` in the Git directory: a first line, the name of the index, then `old-id SP new-id SP path` for each pointer. A crash may
/// lose it; then `git status` shows the old pointer as staged.
struct PartialCommit {
    let tree: WorkTree

    private static let firstLine = Array("tenon partial 2\n".utf8)
    private static let maximumLength = 16 << 20

    private struct Entry {
        var old: GitObjectID
        var new: GitObjectID
        var path: RelativePath
    }

    private var path: String { tree.gitDirectory + "/tenon/partial" }

    /// The name of the caller's index, if Git made it for a commit of some paths.
    private var indexName: [UInt8]? {
        guard let index = tree.repository.process.environment.indexFile, let slash = index.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let name = index[(slash + 1)...]
        return name.starts(with: Array("next-index-".utf8)) && !name.contains(0x0A) ? Array(name) : nil
    }

    /// What the text of a note for the caller's index begins with.
    private var head: [UInt8]? { indexName.map { PartialCommit.firstLine + $0 + [0x0A] } }

    private func text() throws -> [UInt8]? {
        try tree.engine.fileSystem.contents(of: path, limit: PartialCommit.maximumLength)
    }

    /// Notes that the caller's index has new pointers of these artifacts, which had other ones, beside what was noted of it before: where hooks are
    /// installed twice, the second call finds nothing to take.
    func remember(_ records: [ArtifactRecord]) throws {
        guard let head else { return }
        let staged = Dictionary(try tree.indexPointers().map { ($0.artifact, $0.blob) }) { first, _ in first }
        var text = try self.text().flatMap { $0.starts(with: head) ? $0 : nil } ?? head
        for record in records {
            guard let old = record.staged, let new = staged[record.path], old != new else { continue }
            text += Array("\(old.hex) \(new.hex) ".utf8) + record.path.bytes + [0x0A]
        }
        try tree.engine.fileSystem.makeDirectory(tree.gitDirectory + "/tenon")
        try tree.engine.fileSystem.replace(path, with: text)
    }

    /// Drops what an earlier commit left behind.
    func forgetOthers() throws {
        guard !isAbsent(path) else { return }
        if let head, try text()?.starts(with: head) == true { return }
        try tree.engine.fileSystem.remove(path)
    }

    /// Gives the caller's index what was committed, if the commit was made and Git has let go of the index.
    func finish() throws {
        guard !isAbsent(path), indexName == nil, try !tree.isGitBusy(), let head = try tree.headTree() else { return }
        let entries = try read()
        let staged = Dictionary(try tree.indexPointers().map { ($0.artifact, $0.blob) }) { first, _ in first }
        var updates: [IndexUpdate] = []
        for entry in entries {
            let file = try entry.path.pointerPath.bytes
            // Not committed (yet): whoever commits next looks again.
            guard try tree.repository.entry(at: file, inTree: head)?.id == entry.new else { return }
            if staged[entry.path] == entry.old { updates.append(.set(path: file, mode: .file, id: entry.new)) }
        }
        try tree.repository.updateIndex(updates)
        try forgetOthers()
    }

    /// The entries; none where the file is not as it was written.
    private func read() throws -> [Entry] {
        guard let bytes = try text(), bytes.starts(with: PartialCommit.firstLine) else { return [] }
        return bytes.dropFirst(PartialCommit.firstLine.count).split(separator: 0x0A).dropFirst().compactMap { line in
            let words = line.split(separator: 0x20, maxSplits: 2)
            guard words.count == 3, let old = GitObjectID(hexBytes: words[0]), let new = GitObjectID(hexBytes: words[1]),
                let path = try? RelativePath(bytes: Array(words[2]))
            else { return nil }
            return Entry(old: old, new: new, path: path)
        }
    }
}
