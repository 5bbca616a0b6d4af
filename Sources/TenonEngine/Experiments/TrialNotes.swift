import TenonAPI
import TenonCore
import TenonFormat

/// What a trial's work tree must know of itself when its commands have ended: which inputs it has, and which of them share their files. A small file in the
/// work tree's own Git directory.
struct TrialNotes: Codable {
    struct Input: Codable {
        var path: WirePath
        /// The pointer's text.
        var pointer: String
        /// The expansion that its files are other names of.
        var expansion: UInt64?
    }

    var inputs: [Input]

    private static let name = "trial"
    private static let maximumLength = 16 << 20

    static func load(_ tree: WorkTree) throws -> TrialNotes? {
        guard let bytes = try tree.engine.fileSystem.contents(of: "\(tree.bases.directory)/\(name)", limit: maximumLength) else { return nil }
        do {
            return try WireCoding.decode(TrialNotes.self, from: bytes)
        } catch {
            throw TenonError(.corrupt, "what is noted of this trial can't be read", cause: "\(error)")
        }
    }

    func save(_ tree: WorkTree) throws {
        try tree.engine.fileSystem.makeDirectory(tree.bases.directory)
        try tree.engine.fileSystem.replace("\(tree.bases.directory)/\(TrialNotes.name)", with: try WireCoding.encode(self))
    }
}
