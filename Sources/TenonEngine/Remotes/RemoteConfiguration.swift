import TenonCore
import TenonGit
import TenonRemote

/// A remote as this clone has agreed to it, in `git config tenon.remote.NAME.*`.
///
/// `tenon.yaml` only proposes: what it says is used after it was copied here, and not any more once it says something else.
struct RemoteConfiguration: Equatable, Sendable {
    var name: String
    var url: String
    /// Of an S3-compatible store.
    var endpoint: String?
    var region: String?
    /// The remote's name for itself, as it was when it was added.
    var id: String?
    /// What `tenon.yaml` proposed under the name when it was added; empty: nothing.
    var agreedProposal = ""
    /// What its storage was seen to do; `nil`: it was not tried.
    var capabilities: Capabilities?
    /// Git's own `core.sshCommand`, from the user's configuration or this clone's.
    var sshCommand: String?

    static let sshCommandKey = "core.sshcommand"

    /// Names are words that need no quoting anywhere.
    static func check(_ name: String) throws(TenonError) {
        let isGood =
            (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            } && !name.hasPrefix("-")
        guard isGood else {
            throw TenonError(
                .invalidArgument, "remote '\(displayName(name.utf8))' can't be used",
                cause: "a name is 1 to 64 of a-z A-Z 0-9 - _, not beginning with -")
        }
    }
}

extension RemoteProposal {
    /// In one line, to tell later whether it is still the same.
    var fingerprint: String { [url, endpoint ?? "", region ?? ""].joined(separator: " ") }
}

extension Capabilities {
    /// As they stand in the configuration and in `--json`; `none` for a storage that can only be read.
    var words: [String] {
        let words = [
            ("writes", writes), ("create-only", createOnly), ("compare-and-swap", compareAndSwap), ("conditional-delete", conditionalDelete),
        ].filter(\.1).map(\.0)
        return words.isEmpty ? ["none"] : words
    }

    /// Words that are not known are passed over.
    init(words text: String) {
        self.init()
        let words = Set(text.split(separator: " "))
        writes = words.contains("writes")
        createOnly = words.contains("create-only")
        compareAndSwap = words.contains("compare-and-swap")
        conditionalDelete = words.contains("conditional-delete")
    }
}

extension WorkTree {
    private static let section = "tenon.remote."
    private static let defaultKey = "tenon.defaultremote"

    /// The remotes that this clone has agreed to, by name.
    func remotes() throws -> [RemoteConfiguration] {
        var values: [String: [String: String]] = [:]
        let sshCommand = try configuration(RemoteConfiguration.sshCommandKey)
        for (key, value) in try repository.configuration(matching: "^tenon\\.remote\\.") {
            let rest = key.dropFirst(WorkTree.section.count)
            guard let dot = rest.lastIndex(of: ".") else { continue }
            values[String(rest[..<dot]), default: [:]][String(rest[rest.index(after: dot)...])] = value
        }
        return values.compactMap { name, values in
            guard let url = values["url"], (try? RemoteConfiguration.check(name)) != nil else { return nil }
            return RemoteConfiguration(
                name: name, url: url, endpoint: values["endpoint"], region: values["region"], id: values["id"],
                agreedProposal: values["proposal"] ?? "", capabilities: values["capabilities"].map(Capabilities.init(words:)), sshCommand: sshCommand)
        }.sorted { $0.name < $1.name }
    }

    /// Writes a remote, in place of one of this name.
    func setRemote(_ remote: RemoteConfiguration) throws {
        let values: [(String, String?)] = [
            ("url", remote.url), ("endpoint", remote.endpoint), ("region", remote.region), ("id", remote.id),
            ("proposal", remote.agreedProposal.isEmpty ? nil : remote.agreedProposal),
            ("capabilities", remote.capabilities?.words.joined(separator: " ")),
        ]
        for (key, value) in values { try repository.setConfiguration("\(WorkTree.section)\(remote.name).\(key)", to: value) }
    }

    func removeRemote(_ name: String) throws {
        for key in ["url", "endpoint", "region", "id", "proposal", "capabilities"] {
            try repository.setConfiguration("\(WorkTree.section)\(name).\(key)", to: nil)
        }
        if try configuration(WorkTree.defaultKey) == name { try repository.setConfiguration(WorkTree.defaultKey, to: nil) }
    }

    /// Records what a remote's storage can do.
    func setCapabilities(_ capabilities: Capabilities, of name: String) throws {
        try repository.setConfiguration("\(WorkTree.section)\(name).capabilities", to: capabilities.words.joined(separator: " "))
    }

    func setDefaultRemote(_ name: String) throws { try repository.setConfiguration(WorkTree.defaultKey, to: name) }

    /// The remote that is meant where none is named: the one that was chosen, else `tenon.yaml`'s, else `origin`, else the only one.
    func defaultRemote(among remotes: [RemoteConfiguration], _ settings: Settings) throws -> RemoteConfiguration? {
        let names = [try configuration(WorkTree.defaultKey), settings.defaultRemote, "origin"].compactMap(\.self)
        for name in names {
            if let remote = remotes.first(where: { $0.name == name }) { return remote }
        }
        return remotes.count == 1 ? remotes.first : nil
    }

    /// The remote with this name, or the default, if it may be used.
    ///
    /// Throws `notFound` if there is none, `permission` if `tenon.yaml` proposes something that was not agreed to.
    func remote(_ name: String?, _ settings: Settings) throws -> RemoteConfiguration {
        let remotes = try remotes()
        let found = try name.map { name in remotes.first { $0.name == name } } ?? defaultRemote(among: remotes, settings)
        guard let found else { throw noRemote(name, remotes, settings) }
        if let disagreement = disagreement(on: found, settings) { throw disagreement }
        return found
    }

    /// Why a remote that was agreed to is not used any more: `tenon.yaml` says something else of it by now.
    func disagreement(on remote: RemoteConfiguration, _ settings: Settings) -> TenonError? {
        guard let proposal = settings.remotes[remote.name] else { return nil }
        let own = RemoteProposal(url: remote.url, region: remote.region, endpoint: remote.endpoint)
        guard ![remote.agreedProposal, own.fingerprint].contains(proposal.fingerprint) else { return nil }
        return TenonError(
            .permission, "remote '\(remote.name)' is not used", cause: "tenon.yaml now proposes '\(displayName(proposal.url.utf8))' for it",
            hint: "tenon remote trust \(remote.name), if you agree")
    }

    /// The same of the default remote.
    func disagreementOnDefaultRemote() throws -> TenonError? {
        let settings = (try? settings()) ?? Settings()
        return try defaultRemote(among: remotes(), settings).flatMap { disagreement(on: $0, settings) }
    }

    private func noRemote(_ name: String?, _ remotes: [RemoteConfiguration], _ settings: Settings) -> TenonError {
        let proposed = name.map { settings.remotes[$0] == nil ? [] : [$0] } ?? settings.remotes.keys.sorted()
        if let first = proposed.first {
            return TenonError(
                .permission, "remote '\(displayName(first.utf8))' is not used",
                cause: "tenon.yaml proposes it, and nobody here has agreed: '\(displayName((settings.remotes[first]?.url ?? "").utf8))'",
                hint: "tenon remote trust \(displayName(first.utf8))")
        }
        if let name {
            return TenonError(
                .notFound, "there is no remote '\(displayName(name.utf8))'",
                cause: remotes.isEmpty ? nil : "there are: \(remotes.map(\.name).joined(separator: ", "))", hint: "tenon remote add NAME URL")
        }
        return TenonError(
            .notFound, "there is no default remote", cause: remotes.isEmpty ? "none was added" : nil,
            hint: remotes.isEmpty ? "tenon remote add origin URL" : "tenon remote default NAME")
    }
}
