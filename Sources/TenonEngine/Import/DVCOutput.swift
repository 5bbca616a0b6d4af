import TenonCore

/// Data that DVC keeps, as a `.dvc` file or a `dvc.lock` names it.
struct DVCOutput: Hashable, Sendable {
    var path: RelativePath
    var digest: DVCDigest
    /// Whether it is a directory, whose digest is that of its listing.
    var isDirectory: Bool
    var isExecutable: Bool
    /// The file that says so.
    var source: RelativePath
}
