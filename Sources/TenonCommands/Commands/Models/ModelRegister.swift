import ArgumentParser
import TenonAPI
import TenonClient

struct ModelRegister: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Make an artifact at a commit the next version of a model.",
        discussion:
            "What is registered already, the same artifact at the same commit, keeps its version. The bytes must be stored here or on a remote.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: TagOptions

    @Argument(help: ArgumentHelp("The artifact.", valueName: "path"))
    var path: PathArgument

    @Argument(help: ArgumentHelp("What the model is called: letters, digits, '.', '_' and '-'.", valueName: "name"), transform: ModelName.init)
    var name: ModelName

    @Argument(help: ArgumentHelp("The commit.", valueName: "rev"))
    var revision = "HEAD"

    /// What `--json` prints.
    struct Report: Encodable {
        var version: ModelVersion
        /// Whether it was made just now.
        var isNew: Bool
    }

    func run() throws {
        let session = try Session(common)
        let tags = try ModelTags(session, options)
        guard let path = try session.paths.artifacts([path]).first else { throw ValidationError("name the artifact") }
        let commit = try session.resolve(revision)
        let content = try content(path, commit, session)
        let registry = try ModelRegistry(tags.git, model: name)
        ModelTags.warn(of: registry, session)
        if let same = registry.versions.first(where: { $0.commit == commit && $0.path == path && $0.oid == content.pointer.oid }) {
            if options.isSignatureMissing(same.origin) {
                session.console.progress.warn(
                    "the tag '\(same.tag)' is not signed, and no tag is ever changed: 'tenon model promote --sign' signs a promotion of it")
            }
            return try session.console.report(Report(version: same, isNew: false)) { ModelText.registered($0, session.presentation) }
        }
        let number = try tags.add(commit, registry, tag: { .version(name, $0) }) {
            ModelVersion.message(name, $0, content: content, text: options.text)
        }
        let version = try ModelRegistry(tags.git, model: name).required(number, of: name)
        try session.console.report(Report(version: version, isNew: true)) { ModelText.registered($0, session.presentation) }
    }

    /// What the commit binds there, if its bytes are to be had.
    private func content(_ path: WirePath, _ commit: String, _ session: Session) throws -> BoundArtifact {
        let reply = try session.perform(ShowRequest(workTree: session.workTree, commit: commit))
        guard let content = reply.artifacts.first(where: { $0.path == path }) else {
            throw TenonError(
                .notFound, "'\(session.presentation.name(path))' can't be registered", cause: "commit \(commit.prefix(12)) binds no artifact there",
                hint: "tenon show \(commit.prefix(12)) lists what it binds; what is not committed can't be registered")
        }
        if !content.stored {
            let fetch = FetchRequest(
                workTree: session.workTree, commits: [commit], paths: [path], dryRun: true, environment: session.transferEnvironment)
            let failure: TenonError?
            do {
                failure = try session.perform(fetch).failed.first?.error
            } catch let error as TenonError {
                failure = error
            }
            if let failure {
                throw TenonError(
                    .missingContent, "'\(session.presentation.name(path))' can't be registered",
                    cause: "its bytes are not stored here, nor to be had: \(failure)", hint: "'tenon push' where they are, or 'tenon fetch' here")
            }
        }
        return content
    }
}
