import Glibc
import TenonCore
import TenonGit
import TenonStore

/// What the server's own Git configuration says of how pushes are checked: `tenon.server.*`. Nothing of it comes from what is pushed.
package struct ReceivingSettings: Sendable {
    /// What becomes of a push that can't be checked because the remote can't be asked.
    enum Doubt: String {
        case refuse
        case accept
    }

    /// The remote with the data, and how it is reached; `nil`: none is named.
    var remote: RemoteConfiguration?
    /// The rules for references that are new, where the default branch has none; `nil`: none.
    var policy: Policy?
    var doubt = Doubt.refuse
    /// Where records are kept.
    package var store: String
    /// Variables by which the remote is reached.
    var environment: [String: String] = [:]

    private static let section = "tenon.server."
    private static let known: Set<String> = ["remote", "endpoint", "region", "policy", "credentials", "unreachable", "store"]
    private static let credentialsLimit = 64 << 10

    /// Reads the configuration, and the files that it names.
    ///
    /// - Parameter environment: the variables of the hook by which remotes are reached.
    package init(_ repository: GitRepository, environment: [String: String]) throws {
        var values: [String: String] = [:]
        for (key, value) in try repository.configuration(matching: "^tenon\\.server\\.") {
            let name = String(key.dropFirst(ReceivingSettings.section.count))
            guard ReceivingSettings.known.contains(name) else { continue }
            values[name] = value
        }
        store = values["store"] ?? String(decoding: repository.gitDirectory, as: UTF8.self) + "/tenon/store"
        if let path = values["store"] { try ReceivingSettings.requireAbsolute(path, "store") }
        if let url = values["remote"] {
            remote = RemoteConfiguration(
                name: "tenon.server.remote", url: url, endpoint: values["endpoint"], region: values["region"],
                sshCommand: try repository.configuration(RemoteConfiguration.sshCommandKey))
        }
        if let word = values["unreachable"] {
            guard let doubt = Doubt(rawValue: word) else { throw ReceivingSettings.wrong("unreachable", "it is 'refuse' or 'accept'") }
            self.doubt = doubt
        }
        if let path = values["policy"] {
            let bytes = try ReceivingSettings.read(path, "policy", limit: SettingsParser.maximumLength)
            do {
                policy = try SettingsParser.parse(bytes).policy
            } catch {
                throw ReceivingSettings.wrong("policy", "\(error)")
            }
        }
        self.environment = environment
        if let path = values["credentials"] {
            self.environment.merge(try ReceivingSettings.credentials(ReceivingSettings.read(path, "credentials", limit: Self.credentialsLimit))) {
                $1
            }
        }
    }

    /// `NAME=VALUE` lines; blank ones and those that begin with `#` say nothing.
    static func credentials(_ bytes: [UInt8]) throws -> [String: String] {
        var found: [String: String] = [:]
        for (number, line) in String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.allSatisfy(isNameByte), !parts[1].utf8.contains(0) else {
                // The line may hold a secret.
                throw wrong("credentials", "line \(number + 1) of the file is not NAME=VALUE")
            }
            found[String(parts[0])] = String(parts[1])
        }
        return found
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func read(_ path: String, _ key: String, limit: Int) throws -> [UInt8] {
        try requireAbsolute(path, key)
        do {
            if let bytes = try FileSystem().contents(of: path, limit: limit) { return bytes }
        } catch {
            throw wrong(key, "'\(displayName(path.utf8))' can't be read: \(error.cause ?? error.message)")
        }
        throw wrong(key, "there is no file '\(displayName(path.utf8))'")
    }

    private static func requireAbsolute(_ path: String, _ key: String) throws {
        guard path.hasPrefix("/") else { throw wrong(key, "'\(displayName(path.utf8))' is not an absolute path") }
    }

    private static func wrong(_ key: String, _ cause: String) -> TenonError {
        TenonError(.invalidArgument, "the push can't be checked", cause: "\(section)\(key) of the server: \(cause)", hint: administrator)
    }

    static let administrator = "tell who administers the server: 'tenon server-hook status' there shows its settings"
}
