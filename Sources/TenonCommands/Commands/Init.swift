import ArgumentParser
import TenonAPI
import TenonClient

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Set up Tenon in a Git work tree.",
        discussion: """
            Writes tenon.yaml if there is none and the lines of .gitattributes that keep pointers whole, and tells Git of the merge and diff drivers. Safe \
            to repeat. Drivers are each clone's own: run it once in every clone.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = try Session(common)
        let hooks = try RepositoryHooks(session.workTree, environment: session.environment)
        // First, since the daemon names drivers in the attributes only where Git knows them.
        try DriverConfiguration.install(session.workTree, program: hooks.program, environment: session.environment)
        try session.report(InitRequest(workTree: session.workTree)) { TrackingText.render($0, "", $1) }
    }
}
