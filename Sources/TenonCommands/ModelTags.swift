import Glibc
import TenonAPI
import TenonClient

/// Makes one tag of the registry, and has it pushed if that is asked for.
struct ModelTags {
    let session: Session
    let options: TagOptions
    let git: GitCommand
    private let writer: TagWriter

    private static let attempts = 20

    init(_ session: Session, _ options: TagOptions) throws {
        try TagWriter.check(options.text)
        self.session = session
        self.options = options
        git = GitCommand(environment: session.environment)
        writer = TagWriter(git, signing: options.signing)
    }

    /// Makes a tag of `commit` with the next number, and returns that number.
    ///
    /// Before it is pushed, nobody has seen it: where its number is taken there, it is withdrawn and the next one made.
    func add(_ commit: String, _ registry: ModelRegistry, tag: (Int) -> ModelTag, message: (Int) -> String) throws -> Int {
        let first = try registry.nextNumber(of: tag)
        guard options.push else { return try writer.add(commit, from: first, tag: tag, message: message) }
        let remote = try ExperimentRefs(environment: session.environment).pushRemote(named: options.remote)
        for _ in 0..<ModelTags.attempts {
            let highest = try writer.highest(at: remote, of: tag)
            let number = try writer.add(commit, from: max(first, highest + 1), tag: tag, message: message)
            let reference = tag(number).reference
            let status = try session.withTerminal { try git.run(["push", "--quiet", "--", remote, "\(reference):\(reference)"]) }
            if status == 0 { return number }
            try writer.withdraw(tag(number))
            guard try writer.highest(at: remote, of: tag) > highest else {
                throw TenonError(
                    .remote, "the tag '\(tag(number).name)' was not made", cause: "it can't be pushed to '\(displayName(remote.utf8))'",
                    hint: "without --push it is made here alone")
            }
        }
        throw TenonError(.busy, "no tag was made", cause: "others take each number first", hint: "run the command again")
    }

    /// Warns of tags of this model, or of all, that do not count.
    static func warn(of registry: ModelRegistry, _ session: Session) {
        for refusal in registry.refusals.prefix(10) { session.console.progress.warn("the tag '\(refusal.tag)' does not count: \(refusal.cause)") }
        if registry.refusals.count > 10 { session.console.progress.warn("\(registry.refusals.count - 10) more tags do not count") }
    }
}

extension ModelRegistry {
    /// The version that is meant. Throws `notFound` that names those that there are.
    func required(_ number: Int?, of model: ModelName) throws -> ModelVersion {
        if let found = number.map({ version($0, of: model) }) ?? latest(of: model) { return found }
        let all = versions.filter { $0.model == model.text }
        let name = number.map { "'\(model.text)' v\($0)" } ?? "'\(model.text)'"
        let cause =
            all.last.map { "its last version is v\($0.version)" } ?? (refusals.isEmpty ? "no version of it is registered" : "no tag of it counts")
        throw TenonError(.notFound, "there is no model \(name) here", cause: cause, hint: "git fetch --tags brings what others have registered")
    }

    /// The version that is in a stage now.
    func version(in stage: ModelStage, of model: ModelName) throws -> ModelVersion {
        guard let promotion = stages(of: model.text)[stage.text] else {
            throw TenonError(
                .notFound, "no version of '\(model.text)' is in '\(stage.text)'", hint: "tenon model history \(model.text) lists promotions")
        }
        return try required(promotion.version, of: model)
    }
}

extension GitCommand {
    /// What the commit binds at a version's path must be what its tag says. Throws `corrupt` if not; `nil`: the commit is not here.
    func binds(_ version: ModelVersion) throws -> Bool? {
        guard try output(["cat-file", "-e", version.commit + "^{commit}"], limit: 4096).status == 0 else { return nil }
        let place = Array("\(version.commit):".utf8) + version.path.bytes + Array(".tenon".utf8)
        let answer = try output([Array("cat-file".utf8), Array("blob".utf8), place], limit: 4096)
        let lines = answer.standardOutput.split(separator: UInt8(ascii: "\n"))
        guard answer.status == 0, lines.contains(where: { $0.elementsEqual("oid \(version.oid)".utf8) }),
            lines.contains(where: { $0.elementsEqual("kind \(version.kind.rawValue)".utf8) })
        else {
            throw TenonError(
                .corrupt, "the tag '\(version.tag)' is refused",
                cause:
                    "it says that '\(version.path)' is \(version.oid.prefix(19))…, and its commit \(version.commit.prefix(12)) binds something else")
        }
        return true
    }
}
