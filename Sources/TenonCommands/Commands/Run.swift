import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command and record what it read, made and was.",
        usage: "tenon run [-n <name>] [-d <dep> ...] [-p <param> ...] [-o <out> ...] [-m <metrics> ...] [--] <command> ...",
        discussion: """
            The command has the terminal, the streams and the signals of this one, and its exit status is this one's. The record names inputs and \
            outputs by their hashes, the code (the commit, and where the work tree differs from it a snapshot of the work tree), parameters, metrics \
            and environment. Outputs become artifacts, as by 'tenon add'; their pointers name the record.

            Where part of it can't be recorded, the rest is, and a command that ended well gives 2.
            """)

    @OptionGroup var options: RunOptions

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("What is executed.", valueName: "command"))
    var command: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var run: RunFinishRequest.Reply
        var status: Int32
    }

    func run() throws {
        try showHelp(ifAskedBy: command)
        let words = (command.first == "--" ? command.dropFirst() : command[...]).map(ArgumentEscape.bytes)
        guard let program = words.first, !program.isEmpty else { throw ValidationError("name what to run, after '--'") }
        let session = try Session(options.settings)
        let environment = try EnvironmentSurvey(environment: session.environment, command: words).take(variables: options.variables)
        let draft = try session.perform(
            RunBeginRequest(
                workTree: session.workTree, name: options.name, command: words.map { WirePath(bytes: $0) },
                inputs: session.paths.artifacts(options.inputs), outputs: session.paths.artifacts(options.outputs),
                metrics: session.paths.artifacts(options.metrics), parameters: options.parameters.map { try $0.resolved(session.paths) },
                environment: environment)
        ).draft
        var finish = RunFinishRequest(workTree: session.workTree, draft: draft, started: Clock.now(), finished: 0, keepsOutputs: options.keepOutputs)
        let status: Int32
        do {
            switch try session.foreground(words) {
            case .exited(let code):
                finish.status = code
                status = code
            case .killed(let signal):
                finish.signal = signal
                status = 128 + signal
            }
        } catch let error as TenonError {
            finish.reason = error.description
            finish.finished = Clock.now()
            _ = try session.perform(finish)
            throw error
        }
        finish.finished = Clock.now()
        let reply = try session.perform(finish)
        if session.console.isJSON {
            try session.console.document(Report(run: reply, status: status))
            session.console.flush()
        } else if !options.quiet {
            OutputStream.write(RunText.summary(reply, session.presentation).utf8, to: STDERR_FILENO)
        }
        for problem in reply.problems {
            OutputStream.write(ErrorText.text(problem, style: Console.style(options.color, for: STDERR_FILENO)).utf8, to: STDERR_FILENO)
        }
        if status != 0 { throw ExitCode(status) }
        if !reply.problems.isEmpty { throw ExitCode(2) }
    }
}
