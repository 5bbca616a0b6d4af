import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

extension Run {
    /// What `--begin --json` and `--abort --json` print.
    private struct Begun: Encodable {
        /// Names the run until it has ended.
        var session: String
        var name: String?
    }

    /// `--begin`: what is known now, for a run that is ended by hand.
    func beginSession() throws {
        let session = try Session(options.settings)
        let environment = try EnvironmentSurvey(environment: session.environment, command: []).take(variables: options.variables)
        let draft = try session.perform(try beginning([], session, environment)).draft
        let begun = try RunSessions(environment: session.environment).begin(name: options.name, draft: draft, started: Clock.now())
        try session.console.report(Begun(session: begun.id, name: begun.name)) { begun in
            "began run \(begun.session); 'tenon run --end' ends it" + (begun.name.map { " (of several: -n '\(displayName($0.utf8))')" } ?? "") + "\n"
        }
    }

    /// `--end`: records what came of it.
    func endSession() throws {
        let session = try Session(options.settings)
        let hold = try RunSessions(environment: session.environment).hold(options.name)
        var finish = RunFinishRequest(
            workTree: session.workTree, draft: hold.session.draft, started: hold.session.started, finished: Clock.now(),
            status: options.failed ? 1 : 0,
            keepsOutputs: options.keepOutputs, outputs: try session.paths.artifacts(options.outputs),
            metrics: try session.paths.artifacts(options.metrics))
        finish.log = hold.session.metricsLog.map { WirePath($0) }
        let reply = try session.perform(finish, isRepeatable: true)
        hold.remove()
        try tell(reply, status: options.failed ? 1 : 0, session)
        if !reply.problems.isEmpty { throw ExitCode(2) }
    }

    /// `--abort`: forgets it.
    func abortSession() throws {
        let session = try Session(options.settings)
        let hold = try RunSessions(environment: session.environment).hold(options.name)
        hold.remove()
        try session.console.report(Begun(session: hold.session.id, name: hold.session.name)) { "forgot run \($0.session)\n" }
    }
}
