import ArgumentParser
import TenonAPI

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how artifacts, their pointers and the store stand to each other.")

    @OptionGroup var common: CommonOptions

    @Flag(help: "Exit with 1 if an artifact is not clean, or a pointer is not staged.")
    var exitCode = false

    @Flag(help: "First wait until what has changed is stored and its pointers have followed.")
    var wait = false

    @Argument(help: ArgumentHelp("Only artifacts at or below these.", valueName: "path"))
    var paths: [PathArgument] = []

    func run() throws {
        let session = try Session(common)
        let reply = try session.report(
            StatusRequest(workTree: session.workTree, paths: session.paths.scope(paths), wait: wait ? true : nil), reply: StatusText.render)
        if wait, reply.artifacts.contains(where: { $0.state == .modified || !$0.stored }) { throw ExitCode(1) }
        if exitCode, reply.artifacts.contains(where: { $0.state != .clean || $0.unstaged }) { throw ExitCode(1) }
    }
}
