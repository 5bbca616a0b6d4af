import Logging
import TenonCore
import TenonGit
import TenonStore

/// Where the choices of a work tree lie: `tenon/choices` in its Git directory, only while there are some.
struct ChoiceStore {
    /// `tenon` in the work tree's Git directory.
    let directory: String
    let fileSystem: FileSystem
    let log: Logger

    private var path: String { directory + "/choices" }

    /// The choices made in this conflict of `artifact`. A file that is damaged counts as none: they are made again.
    func load(_ artifact: RelativePath, stages: [Int: GitObjectID]) throws -> ChoiceTable.Choices {
        if let choices = try table().artifacts[artifact], choices.stages == stages { return choices }
        return ChoiceTable.Choices(stages: stages)
    }

    /// Writes the choices of one artifact (`nil`: none), and drops those of conflicts that are over.
    func save(_ choices: ChoiceTable.Choices?, of artifact: RelativePath, conflicts: [RelativePath: [Int: GitObjectID]]) throws {
        var table = try table()
        table.artifacts[artifact] = choices
        table.artifacts = table.artifacts.filter { conflicts[$0.key] == $0.value.stages }
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
