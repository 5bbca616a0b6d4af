import ArgumentParser
import TenonAPI
import TenonClient

struct ModelList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List models with their latest version and their stages; or the versions of one.")

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("A model, whose versions are listed.", valueName: "name"), transform: ModelName.init)
    var name: ModelName?

    /// What `--json` prints.
    struct Report: Encodable {
        struct Model: Encodable {
            var model: String
            /// `nil`: no version's tag is here, only promotions.
            var latest: ModelVersion?
            var count: Int
            var stages: [String: ModelPromotion]
            /// Of a model that was named: all of them.
            var versions: [ModelVersion]?
        }

        var models: [Model]
        var refused: [ModelRegistry.Refusal]
    }

    func run() throws {
        let session = try Session(common)
        let registry = try ModelRegistry(GitCommand(environment: session.environment), model: name)
        ModelTags.warn(of: registry, session)
        if let name { _ = try registry.required(nil, of: name) }
        let byModel = Dictionary(grouping: registry.versions, by: \.model)
        let models = registry.models.map { model in
            let versions = byModel[model] ?? []
            return Report.Model(
                model: model, latest: versions.last, count: versions.count, stages: registry.stages(of: model), versions: name == nil ? nil : versions
            )
        }
        try session.console.report(Report(models: models, refused: registry.refusals)) { ModelText.list($0, session.presentation) }
    }
}
