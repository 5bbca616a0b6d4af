/// The work tree that a request is about, as the client sees it.
package struct WorkTreeContext: Codable, Sendable, Hashable {
    /// Absolute path of the top of the work tree.
    package var topLevel: WirePath
    /// Absolute path of this work tree's Git directory; `nil` lets the daemon discover it from `topLevel`.
    package var gitDirectory: WirePath?
    /// Absolute path of the index that Git uses now, where it is not the Git directory's own (`GIT_INDEX_FILE` in hooks).
    package var indexFile: WirePath?
    /// Device and inode of `topLevel`: the daemon refuses where its own differ (another container or mount namespace).
    package var device: UInt64
    package var inode: UInt64
    /// The `GIT_*` variables of the client's environment, for the plumbing that the daemon runs.
    package var gitEnvironment: [String: String]
    /// The client's umask, 0 to 0o777, which new files of the work tree go by; `nil`: the daemon's.
    package var umask: UInt32?
    /// Where the person stands below `topLevel`; empty at the top. Paths in requests are relative to `topLevel` already.
    package var prefix: WirePath

    package init(
        topLevel: WirePath, gitDirectory: WirePath? = nil, indexFile: WirePath? = nil, device: UInt64, inode: UInt64,
        gitEnvironment: [String: String] = [:], umask: UInt32? = nil, prefix: WirePath = WirePath("")
    ) {
        self.topLevel = topLevel
        self.gitDirectory = gitDirectory
        self.indexFile = indexFile
        self.device = device
        self.inode = inode
        self.gitEnvironment = gitEnvironment
        self.umask = umask
        self.prefix = prefix
    }
}
