import Glibc
import TenonCore

/// `ssh-keygen -Y`: makes and checks signatures, in a directory of its own.
package struct SignatureProgram {
    private let environment: ClientEnvironment
    private let program: String
    /// For the files that the program reads and writes.
    private let directory: String
    private let namespace: String

    /// So many files are signed by one call: one passphrase for all of them.
    private static let maximumFiles = 200

    /// - Parameters:
    ///   - directory: an empty directory that only this person can read.
    ///   - namespace: what signatures are made for.
    package init(environment: ClientEnvironment, program: String, directory: String, namespace: String) {
        var environment = environment
        environment.variables["LC_ALL"] = "C"
        self.environment = environment
        self.program = program
        self.directory = directory
        self.namespace = namespace
    }

    // MARK: Signing

    /// The key's fingerprint: `SHA256:` and 43 characters.
    package func fingerprint(of key: SigningKey) throws(TenonError) -> String {
        let path: [UInt8]
        switch key {
        case .file(let file): path = file
        case .agent(let text): path = Array(try write(text + [UInt8(ascii: "\n")], "key.pub").utf8)
        }
        let captured = try run([Array("-l".utf8), Array("-f".utf8), path])
        let words = String(decoding: captured.output, as: UTF8.self).split(separator: " ")
        guard captured.status == 0, words.count > 1, words[1].hasPrefix("SHA256:") else {
            throw TenonError(
                .notFound, "nothing can be signed with '\(displayName(path))'", cause: complaint(captured),
                hint: "git config user.signingkey names the key; or --key FILE")
        }
        return String(words[1])
    }

    /// Signs each of `messages`.
    package func sign(_ messages: [[UInt8]], with key: SigningKey) throws(TenonError) -> [String] {
        var signatures: [String] = []
        for start in stride(from: 0, to: messages.count, by: SignatureProgram.maximumFiles) {
            let group = messages[start..<min(start + SignatureProgram.maximumFiles, messages.count)]
            var files: [String] = []
            for (place, message) in group.enumerated() { files.append(try write(message, "\(place)")) }
            var arguments = ["-q", "-Y", "sign", "-n", namespace].map { Array($0.utf8) }
            switch key {
            case .file(let path): arguments += [Array("-f".utf8), path]
            case .agent(let text): arguments += [Array("-f".utf8), Array(try write(text + [UInt8(ascii: "\n")], "key.pub").utf8), Array("-U".utf8)]
            }
            let captured = try run(arguments + files.map { Array($0.utf8) })
            guard captured.status == 0 else {
                throw TenonError(
                    .permission, "nothing was signed", cause: complaint(captured),
                    hint: "the private key must be readable, or in the agent that SSH_AUTH_SOCK names")
            }
            for file in files {
                guard let text = contents(of: file + ".sig", limit: 1 << 20).flatMap({ String(validating: $0, as: UTF8.self) }) else {
                    throw TenonError(.io, "nothing was signed", cause: "'\(program)' wrote no signature")
                }
                signatures.append(text)
                unlink(file + ".sig")
                unlink(file)
            }
        }
        return signatures
    }

    // MARK: Checking

    /// Who may sign, as the person who checks has it.
    package struct Trust: Sendable {
        /// Absolute path of an allowed-signers file.
        package var allowedSigners: [UInt8]
        package var revocations: [UInt8]?
        /// The time at which keys must be valid, as `ssh-keygen -Overify-time` takes it; `nil`: now.
        package var time: String?

        package init(allowedSigners: [UInt8], revocations: [UInt8]? = nil, time: String? = nil) {
            self.allowedSigners = allowedSigners
            self.revocations = revocations
            self.time = time
        }
    }

    /// Who has signed `message`, by a key that counts for it. Throws `permission` that says why where nobody has.
    package func signer(of message: [UInt8], signature: String, trust: Trust) throws(TenonError) -> String {
        let data = try write(message, "message")
        let file = try write(Array(signature.utf8), "message.sig")
        defer {
            unlink(data)
            unlink(file)
        }
        let options =
            [Array("-f".utf8), trust.allowedSigners, Array("-s".utf8), Array(file.utf8)]
            + (trust.time.map { [Array("-Overify-time=\($0)".utf8)] } ?? [])
        let principals = try run([Array("-Y".utf8), Array("find-principals".utf8)] + options)
        guard principals.status == 0 else {
            // A signature that is wrong is told as such, whoever may have made it.
            let plain = try run(["-Y", "check-novalidate", "-n", namespace, "-s", file].map { Array($0.utf8) }, input: data)
            throw TenonError(.permission, "the signature does not count", cause: complaint(plain.status == 0 ? principals : plain))
        }
        var reason = "it names nobody"
        for principal in principals.output.split(separator: UInt8(ascii: "\n")) {
            var arguments =
                [Array("-Y".utf8), Array("verify".utf8), Array("-n".utf8), Array(namespace.utf8), Array("-I".utf8), Array(principal)] + options
            if let revocations = trust.revocations { arguments += [Array("-r".utf8), revocations] }
            let verified = try run(arguments, input: data)
            if verified.status == 0 { return displayName(principal) }
            reason = complaint(verified)
        }
        throw TenonError(.permission, "the signature does not count", cause: reason)
    }

    /// Whether `signature` is one of `message`, whoever's it is.
    package func matches(_ message: [UInt8], signature: String) throws(TenonError) -> Bool {
        let data = try write(message, "message")
        let file = try write(Array(signature.utf8), "message.sig")
        defer {
            unlink(data)
            unlink(file)
        }
        return try run(["-Y", "check-novalidate", "-n", namespace, "-s", file].map { Array($0.utf8) }, input: data).status == 0
    }

    // MARK: Files and the program

    private func run(_ arguments: [[UInt8]], input: String? = nil) throws(TenonError) -> ChildProcess.Captured {
        var descriptor: CInt?
        if let input {
            let opened = open(input, O_RDONLY | O_CLOEXEC)
            guard opened >= 0 else { throw TenonError(.io, "'\(displayName(input.utf8))' can't be read", cause: reason(errno)) }
            descriptor = opened
        }
        defer { if let descriptor { close(descriptor) } }
        do {
            return try ChildProcess(program: program, arguments: arguments, environment: environment.list).captured(input: descriptor, limit: 1 << 20)
        } catch {
            guard error.code == .notFound else { throw error }
            throw TenonError(
                .notFound, "signatures can't be made or checked", cause: "there is no program '\(displayName(program.utf8))'",
                hint: "install OpenSSH's client (8.2 or newer), or name its ssh-keygen: git config gpg.ssh.program")
        }
    }

    /// What the program complained of: the first of its lines, which is the most exact.
    private func complaint(_ captured: ChildProcess.Captured) -> String {
        for line in (captured.errors + captured.output).split(separator: UInt8(ascii: "\n")) {
            let text = displayName(line.drop { $0 == UInt8(ascii: " ") })
            if !text.isEmpty { return text.hasSuffix("\\r") ? String(text.dropLast(2)) : text }
        }
        return "'\(displayName(program.utf8))' ended with status \(captured.status)"
    }

    /// Writes a file of this directory and returns its path.
    private func write(_ bytes: [UInt8], _ name: String) throws(TenonError) -> String {
        let path = "\(directory)/\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TenonError(.io, "'\(displayName(path.utf8))' can't be written", cause: reason(errno)) }
        defer { close(descriptor) }
        guard writeAll(bytes, to: descriptor) else {
            throw TenonError(.io, "'\(displayName(path.utf8))' can't be written", cause: reason(errno))
        }
        return path
    }
}
