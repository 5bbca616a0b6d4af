import Glibc
import Logging
import TenonCore
import TenonGit
import TenonStore

/// Where the choices of a work tree lie: `tenon/choices` in its Git directory, only while there are some.
struct ChoiceStore {
    /// The work tree's own.
    let gitDirectory: String
    let fileSystem: FileSystem
    let log: Logger

    private var directory: String { gitDirectory + "/tenon" }
    private var path: String { directory + "/choices" }

    /// Files that Git writes when an operation stops at a conflict, leaves alone while that lasts, and removes when the operation goes on or is
    /// broken off. A stash that does not apply has no more than the `AUTO_MERGE`.
    private static let operationFiles = [
        "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "AUTO_MERGE", "rebase-merge/stopped-sha", "rebase-apply/next",
    ]

    /// What tells the operation that Git is in from the same one, with the same conflicts, that was broken off and begun anew: when its files were
    /// written.
    private var operation: String {
        let times = ChoiceStore.operationFiles.compactMap { name -> String? in
            var status = stat()
            guard lstat("\(gitDirectory)/\(name)", &status) == 0 else { return nil }
            return "\(name):\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        }
        return times.isEmpty ? "-" : times.joined(separator: " ")
    }

    /// The choices made in this conflict of `artifact`. A file that is damaged counts as none: they are made again.
    func load(_ artifact: RelativePath, stages: [Int: GitObjectID]) throws -> ChoiceTable.Choices {
        let operation = operation
        if let choices = try table().artifacts[artifact], choices.stages == stages, choices.operation == operation { return choices }
        return ChoiceTable.Choices(stages: stages, operation: operation)
    }

    /// Writes the choices of one artifact (`nil`: none), and drops those of conflicts that are over.
    func save(_ choices: ChoiceTable.Choices?, of artifact: RelativePath, conflicts: [RelativePath: [Int: GitObjectID]]) throws {
        var table = try table()
        table.artifacts[artifact] = choices
        let operation = operation
        table.artifacts = table.artifacts.filter { conflicts[$0.key] == $0.value.stages && $0.value.operation == operation }
        if table.artifacts.isEmpty {
            if try fileSystem.contents(of: path, limit: ChoiceTable.maximumLength) != nil { try fileSystem.remove(path) }
        } else {
            try fileSystem.makeDirectory(directory)
            try fileSystem.replace(path, with: table.bytes)
        }
    }

    private func table() throws -> ChoiceTable {
        guard let bytes = try fileSystem.contents(of: path, limit: ChoiceTable.maximumLength) else { return ChoiceTable() }
        if let table = ChoiceTable(parsing: bytes) { return table }
        log.warning("the file of choices is damaged and ignored", metadata: ["file": "\(path)"])
        return ChoiceTable()
    }
}
