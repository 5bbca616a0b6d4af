import ArgumentParser
import TenonAPI

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Set up Tenon in a Git work tree.",
        discussion: """
            Writes tenon.yaml if there is none, and the lines of .gitattributes that Tenon's merge and diff drivers need. Safe to repeat.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = try Session(common)
        try session.report(InitRequest(workTree: session.workTree), reply: TrackingText.render)
    }
}
