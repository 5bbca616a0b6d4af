import TenonCore
import TenonFormat

/// What `tenon.yaml` says, as far as the engine goes by it. It is data from whoever wrote the commit: nothing in it is ever executed.
struct Settings: Equatable, Sendable {
    /// Which codecs new blocks may use.
    var compression = CompressionChoice.auto
    /// Larger files should be artifacts, not Git's.
    var largestGitFile: UInt64 = 10 << 20
    /// Globs of files that may stay in Git however large they are.
    var largeAllowed: [String] = []
    /// Keys that this version does not know, for a warning.
    var unknownKeys: [String] = []

    /// The file's name, at the top of the work tree.
    static let fileName = "tenon.yaml"

    /// What `tenon init` writes.
    static let template = """
        # Tenon keeps data and models beside this repository's code. Every setting is optional; these are the defaults.
        version: 1
        # store:
        #   compression: auto          # auto | zstd | zlib | none
        # policy:
        #   max-git-file: 10 MiB       # larger new files should be artifacts (tenon add)
        #   large-ok: []               # globs of files that may stay in Git all the same

        """
}
