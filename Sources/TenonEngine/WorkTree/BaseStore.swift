import Logging
import TenonCore
import TenonStore

/// Where a work tree's bases lie: `tenon/base` in its Git directory, which linked work trees have one of each.
struct BaseStore {
    /// `tenon` in the work tree's Git directory.
    let directory: String
    let fileSystem: FileSystem
    let log: Logger
    var boot = BootID.current

    private var path: String { directory + "/base" }

    /// The bases. A file that is damaged is put aside and counts as none: then nothing is taken for a change, and whatever would be overwritten is
    /// saved first.
    func load() throws -> BaseTable {
        guard let bytes = try fileSystem.contents(of: path, limit: BaseTable.maximumLength) else { return BaseTable() }
        do {
            var table = try BaseTable(parsing: bytes)
            table.doubtBases(before: boot)
            return table
        } catch {
            guard error.code == .corrupt else { throw error }
            let cause = error.description
            log.error("base file is damaged and put aside", metadata: ["file": "\(path)", "cause": "\(cause)"])
            try fileSystem.rename(path, to: path + ".damaged")
            return BaseTable()
        }
    }

    /// Writes the bases, durably and as a whole.
    func save(_ table: BaseTable) throws {
        try fileSystem.makeDirectory(directory)
        try fileSystem.replace(path, with: table.bytes)
    }
}
