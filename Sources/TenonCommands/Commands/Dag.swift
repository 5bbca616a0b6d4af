import ArgumentParser
import TenonAPI

struct Dag: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dag",
        abstract: "Draw the stages of the pipeline, each below what it needs.",
        discussion: """
            The stages are those of tenon.yaml, or where it has none those of the dvc.yaml of this directory or of the top.
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Write it for Graphviz.")
    var dot = false

    @Flag(help: "With the stages that need those that are named, not with what they need.")
    var downstream = false

    @Argument(help: ArgumentHelp("Only these, with all that they need.", valueName: "stage"))
    var stages: [String] = []

    func run() throws {
        let session = try Session(common)
        let request = PipelineRequest(workTree: session.workTree, stages: stages, extent: downstream ? .downstream : .upstream)
        try session.report(request) { reply, presentation in dot ? PipelineGraph.dot(reply) : PipelineGraph.tree(reply, presentation) }
    }
}
