import ArgumentParser
import TenonAPI
import TenonClient

struct ModelHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Tell who registered and promoted which version of a model, and when.", discussion: "The latest first.")

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("Only promotions to this stage.", valueName: "stage"), transform: ModelStage.init)
    var stage: ModelStage?

    @Argument(help: ArgumentHelp("The model.", valueName: "name"), transform: ModelName.init)
    var name: ModelName

    /// What `--json` prints.
    struct Report: Encodable {
        struct Event: Encodable {
            /// One of both.
            var registered: ModelVersion?
            var promoted: ModelPromotion?
            /// Of a promotion: the version that it took the place of.
            var previous: Int?
            /// Of a promotion: whether it is the one that counts.
            var isCurrent: Bool?

            var origin: TagOrigin? { registered?.origin ?? promoted?.origin }
        }

        var model: String
        var events: [Event]
        var refused: [ModelRegistry.Refusal]
    }

    func run() throws {
        let session = try Session(common)
        let registry = try ModelRegistry(GitCommand(environment: session.environment), model: name)
        ModelTags.warn(of: registry, session)
        if registry.models.isEmpty { _ = try registry.required(nil, of: name) }
        let current = registry.stages(of: name.text)
        var events = stage == nil ? registry.versions.map { Report.Event(registered: $0) } : []
        var previous: [String: Int] = [:]
        for promotion in registry.promotions where stage.map({ $0.text == promotion.stage }) ?? true {
            events.append(
                Report.Event(
                    promoted: promotion, previous: previous[promotion.stage], isCurrent: current[promotion.stage]?.number == promotion.number))
            previous[promotion.stage] = promotion.version
        }
        // Times are the clocks' of those who made the tags; of one stage, the numbers say what came after what.
        let order = events.enumerated().sorted { left, right in
            let times = (left.element.origin?.time ?? 0, right.element.origin?.time ?? 0)
            return times.0 != times.1 ? times.0 > times.1 : left.offset > right.offset
        }
        let report = Report(model: name.text, events: order.map(\.element), refused: registry.refusals)
        try session.console.report(report) { ModelText.history($0, session.presentation) }
    }
}
