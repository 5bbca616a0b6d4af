import TenonCore
import TenonFormat

/// What `tenon.yaml` says. It is data from whoever wrote the commit: nothing in it is ever executed by reading it.
///
/// docs/settings.md describes every key.
struct Settings: Equatable, Sendable {
    /// Which codecs new blocks may use.
    var compression = CompressionChoice.auto
    /// Rules that hooks and `tenon verify` enforce.
    var policy = Policy()
    /// Remotes that the file proposes, by name. A proposal is not used before the user has agreed to it.
    var remotes: [String: RemoteProposal] = [:]
    /// The remote that is meant where none is named.
    var defaultRemote: String?
    /// What is odd and has no effect, such as keys that this version does not know: each a line for people.
    var warnings: [String] = []

    /// The file's name, at the top of the work tree.
    static let fileName = "tenon.yaml"

    /// What `tenon init` writes.
    static let template = """
        # Tenon keeps data and models beside this repository's code. Every setting is optional; here are some, with their defaults.
        version: 1
        # store:
        #   compression: auto          # auto | zstd | zlib | none
        # policy:
        #   on-modified: snapshot      # git commit with changed data: snapshot | block | warn
        #   max-git-file: 10 MiB       # larger new files should be artifacts (tenon add)
        #   large-ok: []               # globs of files that may stay in Git all the same

        """
}
