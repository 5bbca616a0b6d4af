import Glibc
import TenonCore

/// What Git's configuration says of signing with SSH keys; Tenon signs and checks as `git commit -S` and `git verify-commit` do.
package struct SigningConfiguration {
    private let environment: ClientEnvironment
    /// Absolute path of the work tree's top, from which relative paths in Git's configuration start.
    private let topLevel: [UInt8]

    package init(environment: ClientEnvironment, topLevel: [UInt8]) {
        self.environment = environment
        self.topLevel = topLevel
    }

    /// The program that signs and checks.
    package func program() throws(TenonError) -> String {
        let found = try value("gpg.ssh.program", isPath: true) ?? Array("ssh-keygen".utf8)
        guard let text = String(validating: found, as: UTF8.self) else {
            throw TenonError(.invalidArgument, "'\(displayName(found))' can't be run", cause: "gpg.ssh.program is not UTF-8")
        }
        return text
    }

    /// The file that says whose keys count.
    package func allowedSigners() throws(TenonError) -> [UInt8] {
        guard let found = try path("gpg.ssh.allowedSignersFile") else {
            throw TenonError(
                .notFound, "signatures can't be checked", cause: "it is not said whose keys count",
                hint: "git config gpg.ssh.allowedSignersFile FILE, or --allowed-signers FILE (see ALLOWED SIGNERS in 'man ssh-keygen')")
        }
        return found
    }

    /// Keys that count no more, if there is such a file.
    package func revocations() throws(TenonError) -> [UInt8]? { try path("gpg.ssh.revocationFile") }

    /// The key to sign with.
    package func key() throws(TenonError) -> SigningKey {
        let format = try value("gpg.format").map { displayName($0) } ?? "openpgp"
        guard format == "ssh" else {
            throw TenonError(
                .notFound, "nothing can be signed", cause: "attestations are signed with SSH keys, and Git signs with '\(format)' here",
                hint: "git config gpg.format ssh; git config user.signingkey ~/.ssh/id_ed25519.pub; or --key FILE")
        }
        if let found = try value("user.signingkey") {
            if let key = SigningKey(literal: found) { return key }
            if let path = try path("user.signingkey") { return .file(path) }
        }
        if let command = try value("gpg.ssh.defaultKeyCommand") { return try key(from: command) }
        throw TenonError(
            .notFound, "nothing can be signed", cause: "neither user.signingkey nor gpg.ssh.defaultKeyCommand is configured",
            hint: "git config user.signingkey ~/.ssh/id_ed25519.pub; or --key FILE")
    }

    /// The first line that the command prints.
    private func key(from command: [UInt8]) throws(TenonError) -> SigningKey {
        let captured = try ChildProcess(program: "/bin/sh", arguments: [Array("-c".utf8), command], environment: environment.list)
            .captured(limit: 64 << 10)
        let line = captured.output.split(separator: UInt8(ascii: "\n")).first.map { Array($0) } ?? []
        guard captured.status == 0, let key = SigningKey(literal: line) else {
            throw TenonError(
                .notFound, "nothing can be signed", cause: "gpg.ssh.defaultKeyCommand ('\(displayName(command))') names no key",
                hint: "it must print 'key::' and a public key")
        }
        return key
    }

    private func path(_ key: String) throws(TenonError) -> [UInt8]? {
        guard let found = try value(key, isPath: true) else { return nil }
        return found.first == UInt8(ascii: "/") ? found : topLevel + [UInt8(ascii: "/")] + found
    }

    private func value(_ key: String, isPath: Bool = false) throws(TenonError) -> [UInt8]? {
        let answer = try GitCommand(environment: environment).output(["config"] + (isPath ? ["--type=path"] : []) + ["--get", key], limit: 64 << 10)
        return answer.status == 0 && !answer.line.isEmpty ? answer.line : nil
    }
}

/// The key that signs.
package enum SigningKey: Hashable, Sendable {
    /// A file with the private key, or with the public key of one that the agent holds.
    case file([UInt8])
    /// A public key, of one that the agent holds.
    case agent([UInt8])

    /// As Git takes keys in its configuration: `key::` and a public key, or one that begins with `ssh-`.
    init?(literal text: [UInt8]) {
        if text.starts(with: "key::".utf8) {
            self = .agent(Array(text.dropFirst(5)))
        } else if text.starts(with: "ssh-".utf8) {
            self = .agent(text)
        } else {
            return nil
        }
    }
}
