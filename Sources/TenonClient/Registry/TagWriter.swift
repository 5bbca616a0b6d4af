import TenonCore

/// Makes tags of the registry, which are only ever added: each gets the next number, and one that somebody else took meanwhile is passed over.
package struct TagWriter {
    /// How tags are signed.
    package enum Signing: Hashable, Sendable {
        /// As Git is configured (`tag.gpgSign`).
        case configured
        case signed(key: String?)
        case unsigned
    }

    private let git: GitCommand
    private let signing: Signing

    private static let attempts = 100
    /// Everything that is tagged is said in a few lines.
    private static let maximumText = 16 << 10

    package init(_ git: GitCommand, signing: Signing) {
        self.git = git
        self.signing = signing
    }

    /// Throws `invalidArgument` for a text that can't be in a tag's message.
    package static func check(_ text: String?) throws(TenonError) {
        guard let text else { return }
        let what = "the message is refused"
        guard text.utf8.count <= maximumText else { throw TenonError(.invalidArgument, what, cause: "it is longer than \(maximumText) bytes") }
        // Git takes such a line for the beginning of a signature.
        guard !text.utf8.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).contains(where: { $0.starts(with: "-----BEGIN ".utf8) }),
            !text.utf8.contains(0)
        else {
            throw TenonError(.invalidArgument, what, cause: "it holds what Git would take for a signature")
        }
    }

    /// Makes an annotated tag of `commit` with the first number from `first` that is free, and returns the number.
    ///
    /// - Parameters:
    ///   - tag: the tag with a number.
    ///   - message: what a tag with a number says.
    package func add(_ commit: String, from first: Int, tag: (Int) -> ModelTag, message: (Int) -> String) throws(TenonError) -> Int {
        var number = first
        for _ in 0..<TagWriter.attempts where number <= ModelTag.maximumNumber {
            let name = tag(number).name
            let answer = try git.output(["tag", "--annotate", "--cleanup=verbatim"] + options + ["-m", message(number), "--", name, commit])
            if answer.status == 0 {
                try requireSignature(tag(number), answer)
                return number
            }
            guard try git.output(["rev-parse", "--verify", "--quiet", "refs/tags/\(name)"], limit: 4096).status == 0 else {
                throw TenonError(.git, "the tag '\(name)' was not made", cause: answer.complaint, hint: hint)
            }
            number += 1
        }
        throw TenonError(.busy, "no tag was made", cause: "others take each number first", hint: "run the command again")
    }

    /// Git 2.39 makes a tag without a signature, and says that all is well, where a key of SSH can't be read.
    private func requireSignature(_ tag: ModelTag, _ answer: GitCommand.Output) throws(TenonError) {
        guard try isToBeSigned() else { return }
        let object = try git.output(["cat-file", "tag", tag.reference], limit: TagObject.maximumLength + 1)
        guard object.status == 0, try TagObject(parsing: object.standardOutput).signature == nil else { return }
        try withdraw(tag)
        throw TenonError(
            .permission, "the tag '\(tag.name)' was not made", cause: answer.standardError.isEmpty ? "Git has not signed it" : answer.complaint,
            hint: hint)
    }

    private func isToBeSigned() throws(TenonError) -> Bool {
        switch signing {
        case .unsigned: return false
        case .signed: return true
        case .configured:
            for key in ["tag.gpgSign", "tag.forceSignAnnotated"] {
                if try git.output(["config", "--type=bool", "--get", key], limit: 4096).line.elementsEqual("true".utf8) { return true }
            }
            return false
        }
    }

    private var options: [String] {
        switch signing {
        case .configured: []
        case .signed(nil): ["--sign"]
        case .signed(let key?): ["--local-user=\(key)"]
        case .unsigned: ["--no-sign"]
        }
    }

    private var hint: String? {
        signing == .unsigned ? nil : "where signing is what fails: --no-sign, or git config user.signingkey and gpg.format"
    }

    // MARK: At a remote

    /// The highest numbers that tags at `remote` have taken, asked for one model.
    package func highest(at remote: String, of tag: (Int) -> ModelTag) throws(TenonError) -> Int {
        let model = tag(1).model
        let answer = try git.output(["ls-remote", "--refs", "--", remote, "\(ModelTag.prefix)\(model.text)/*"])
        guard answer.status == 0 else {
            throw TenonError(.remote, "the tags of '\(displayName(remote.utf8))' can't be read", cause: answer.complaint)
        }
        var highest = 0
        for line in answer.standardOutput.split(separator: UInt8(ascii: "\n")) {
            guard let tab = line.firstIndex(of: UInt8(ascii: "\t")),
                let found = ModelTag(reference: String(decoding: line[(tab + 1)...], as: UTF8.self))
            else { continue }
            let number =
                switch found {
                case .version(_, let number), .promotion(_, _, let number): number
                }
            if tag(number) == found { highest = max(highest, number) }
        }
        return highest
    }

    /// Takes back a tag that nobody else has seen.
    package func withdraw(_ tag: ModelTag) throws(TenonError) {
        _ = try git.output(["update-ref", "-d", tag.reference])
    }
}
