import ArgumentParser
import TenonAPI
import TenonClient

struct ModelPromote: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Put a version of a model into a stage.",
        discussion:
            "The version that was in it is there no more; to go back is to promote that one again. What was in it when, 'tenon model history' tells.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: TagOptions

    @Argument(help: ArgumentHelp("The model.", valueName: "name"), transform: ModelName.init)
    var name: ModelName

    @Argument(help: ArgumentHelp("The version, such as 3 or v3.", valueName: "version"))
    var version: ModelVersionArgument

    @Argument(help: ArgumentHelp("The stage, such as production.", valueName: "stage"), transform: ModelStage.init)
    var stage: ModelStage

    /// What `--json` prints.
    struct Report: Encodable {
        var promotion: ModelPromotion
        var version: ModelVersion
        /// The version that was in the stage before.
        var previous: Int?
        /// Whether it was promoted just now, and not there already. One that is there and is to be signed is promoted again.
        var isNew: Bool
    }

    func run() throws {
        let session = try Session(common)
        let tags = try ModelTags(session, options)
        let registry = try ModelRegistry(tags.git, model: name)
        ModelTags.warn(of: registry, session)
        let version = try registry.required(version.number, of: name)
        guard try tags.git.binds(version) != nil else {
            throw TenonError(
                .notFound, "'\(version.tag)' can't be promoted", cause: "its commit \(version.commit.prefix(12)) is not here",
                hint: "git fetch brings it; in a shallow clone: git fetch --unshallow")
        }
        let present = registry.stages(of: name.text)[stage.text]
        if let present, present.version == version.version, !options.isSignatureMissing(present.origin) {
            let report = Report(promotion: present, version: version, previous: present.version, isNew: false)
            return try session.console.report(report) { ModelText.promoted($0, session.presentation) }
        }
        let number = try tags.add(version.commit, registry, tag: { .promotion(name, stage, $0) }) {
            ModelPromotion.message(version, to: stage, $0, text: options.text)
        }
        guard let made = try ModelRegistry(tags.git, model: name).promotions.first(where: { $0.stage == stage.text && $0.number == number }) else {
            throw TenonError(.git, "the promotion was not made", cause: "its tag is gone")
        }
        let report = Report(promotion: made, version: version, previous: present?.version, isNew: true)
        try session.console.report(report) { ModelText.promoted($0, session.presentation) }
    }
}
