import Glibc
import TenonCore

/// Where the store of a repository lies: `$TENON_STORE`, for a command on a machine that has a store of its own; else `tenon.store` of the repository's Git configuration, else `$TENON_HOME`, else
/// `$XDG_DATA_HOME/tenon`, else `~/.local/share/tenon`.
package struct StoreLocation {
    private let environment: ClientEnvironment

    package init(environment: ClientEnvironment) {
        self.environment = environment
    }

    /// The store's directory, an absolute path.
    ///
    /// - Parameter gitDirectory: that of the work tree; `nil` outside any repository.
    package func home(gitDirectory: [UInt8]? = nil) throws(TenonError) -> String {
        if let store = try variable("TENON_STORE") { return store }
        if let gitDirectory, let configured = try configured(gitDirectory) { return configured }
        if let home = try variable("TENON_HOME") { return home }
        // A relative XDG path is invalid and to be ignored (XDG Base Directory Specification 0.8).
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/tenon" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw TenonError(.invalidArgument, "the store can't be found", cause: "HOME is not set", hint: "set TENON_HOME")
        }
        return home + "/.local/share/tenon"
    }

    /// Where the daemon of any store writes its log.
    package func log() -> String? {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/tenon/tenond.log" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.local/state/tenon/tenond.log"
    }

    private func variable(_ name: String) throws(TenonError) -> String? {
        guard let path = environment[name] else { return nil }
        guard path.hasPrefix("/") else {
            throw TenonError(.invalidArgument, "\(name) '\(displayName(path.utf8))' can't be used", cause: "it is not an absolute path")
        }
        return path
    }

    private func configured(_ gitDirectory: [UInt8]) throws(TenonError) -> String? {
        let directory = String(decoding: gitDirectory, as: UTF8.self)
        guard let configuration = contents(of: StoreLocation.commonDirectory(directory) + "/config", limit: 1 << 20) else { return nil }
        let value: String?
        switch GitConfigurationScan.store(in: configuration) {
        case .absent: return nil
        case .value(let path): value = path
        case .askGit:
            let answer = try GitCommand(environment: environment).output(
                ["--git-dir=\(directory)", "config", "--type=path", "--get", "tenon.store"], limit: 8192)
            value = answer.status == 0 ? String(validating: answer.line, as: UTF8.self) : nil
        }
        guard let value, !value.isEmpty else { return nil }
        guard value.hasPrefix("/") else {
            throw TenonError(
                .invalidArgument, "tenon.store '\(displayName(value.utf8))' can't be used", cause: "it is not an absolute path",
                hint: "git config tenon.store PATH")
        }
        return value
    }

    /// The Git directory that all work trees of the repository share.
    private static func commonDirectory(_ gitDirectory: String) -> String {
        guard let bytes = contents(of: gitDirectory + "/commondir", limit: 8192) else { return gitDirectory }
        let path = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return path.hasPrefix("/") ? path : "\(gitDirectory)/\(path)"
    }
}
