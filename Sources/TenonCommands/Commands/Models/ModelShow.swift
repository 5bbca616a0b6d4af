import ArgumentParser
import TenonAPI
import TenonClient

struct ModelShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show which artifact, commit and bytes a version of a model is.",
        discussion: """
            Without a choice it is the latest version. Its tag is a revision: 'tenon restore --source TAG PATH' brings the bytes, 'tenon cat TAG:PATH' prints \
            them. With --verify, exits with 1 where the signature does not count.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The version that is in this stage now.", valueName: "stage"), transform: ModelStage.init)
    var stage: ModelStage?

    @Option(name: .customLong("version"), help: ArgumentHelp("This version of the model: 2 or v2.", valueName: "version"))
    var number: ModelVersionArgument?

    @Flag(help: "Check the signature of its tag, and with --stage of the promotion's, as 'git verify-tag' does.")
    var verify = false

    @Argument(help: ArgumentHelp("The model.", valueName: "name"), transform: ModelName.init)
    var name: ModelName

    /// What `--json` prints.
    struct Report: Encodable {
        var version: ModelVersion
        /// Where it is now.
        var stages: [String]
        /// With `--stage`: the promotion that put it there.
        var promotion: ModelPromotion?
        /// Whether the commit binds these bytes; `nil`: the commit is not here. What is bound otherwise is refused.
        var bound: Bool?
        /// By tag; with `--verify`.
        var verified: [String: TagVerification]?
    }

    func validate() throws {
        if stage != nil && number != nil { throw ValidationError("--stage and --version exclude each other") }
    }

    func run() throws {
        let session = try Session(common)
        let git = GitCommand(environment: session.environment)
        let registry = try ModelRegistry(git, model: name)
        ModelTags.warn(of: registry, session)
        let version = try stage.map { try registry.version(in: $0, of: name) } ?? registry.required(number?.number, of: name)
        var report = Report(version: version, stages: registry.stages(with: version), bound: try git.binds(version))
        report.promotion = stage.flatMap { registry.stages(of: name.text)[$0.text] }
        if verify {
            var verified: [String: TagVerification] = [:]
            for tag in [version.tag] + (report.promotion.map { [$0.tag] } ?? []) { verified[tag] = try TagVerification(git, tag: tag) }
            report.verified = verified
        }
        try session.console.report(report) { ModelText.show($0, session.presentation) }
        if report.verified?.values.allSatisfy(\.isGood) == false { throw ExitCode(1) }
    }
}
