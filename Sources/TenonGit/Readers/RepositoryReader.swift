import TenonCore

/// Reads one repository: once by libgit2, once by `git` plumbing. Both must give the same values; one conformance suite runs on each.
///
/// Not thread-safe: `GitRepository` asks one question at a time.
protocol RepositoryReader: AnyObject {
    func head() throws -> Head
    /// `nil`: the repository has no such object.
    func object(_ id: GitObjectID, limit: Int) throws -> GitObject?
    func info(_ id: GitObjectID) throws -> GitObjectInfo?
    /// The references of this work tree and those that all share, without `HEAD`; broken and dangling ones may be left out.
    func references() throws -> [ReferenceRecord]
    /// The entries of the index `file` (`nil`: the caller's), in the order of paths and stages; of pointers only, or all.
    func indexEntries(file: [UInt8]?, pointersOnly: Bool) throws -> [IndexEntry]
    /// For each of `paths`, whether the caller's index has it or anything below it.
    func areTracked(_ paths: [[UInt8]]) throws -> [Bool]
    /// All values of a configuration key, those that count most last.
    func configuration(_ key: String) throws -> [String]
    /// Keys that match a regular expression, with their values, in the same order.
    func configuration(matching pattern: String) throws -> [(key: String, value: String)]
}

/// A reference as a reader finds it: not peeled.
struct ReferenceRecord: Hashable {
    let name: String
    let target: GitObjectID?
    let symbolicTarget: String?
}
