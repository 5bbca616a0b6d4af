import TenonCore

/// The environment variables that the daemon acts on, and those that it keeps for the programs that it runs.
package struct DaemonEnvironment: Sendable {
    package let variables: [String: String]

    package init(_ variables: [String: String]) {
        self.variables = variables
    }

    subscript(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// What the daemon may have: names without which programs can't be run, and its own. Above all no `GIT_*`: an inherited `GIT_INDEX_FILE`
    /// would make other repositories look deleted. Two arenas bound the memory that the allocator keeps for threads.
    package var scrubbed: [String: String] {
        var kept = variables.filter { name, _ in
            ["HOME", "PATH", "LANG", "NOTIFY_SOCKET"].contains(name) || name.hasPrefix("XDG_") || name.hasPrefix("TENON_")
                || SocketActivation.variables.contains(name)
        }
        kept["MALLOC_ARENA_MAX"] = "2"
        return kept
    }

    /// The store's directory: `$TENON_HOME`, `$XDG_DATA_HOME/tenon` or `~/.local/share/tenon`.
    package func home() throws(TenonError) -> String {
        if let home = self["TENON_HOME"] {
            guard home.hasPrefix("/") else {
                throw TenonError(.invalidArgument, "TENON_HOME '\(displayName(home.utf8))' can't be used", cause: "it is not an absolute path")
            }
            return home
        }
        if let data = self["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/tenon" }
        return try ownHome() + "/.local/share/tenon"
    }

    /// Where the log is written.
    package func log() throws(TenonError) -> String {
        if let state = self["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/tenon/tenond.log" }
        return try ownHome() + "/.local/state/tenon/tenond.log"
    }

    private func ownHome() throws(TenonError) -> String {
        guard let home = self["HOME"], home.hasPrefix("/") else {
            throw TenonError(.invalidArgument, "the store can't be found", cause: "HOME is not set", hint: "tenond --home DIR")
        }
        return home
    }
}
