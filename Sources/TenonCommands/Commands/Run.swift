import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command and record what it read, made and was.",
        usage: """
            tenon run [-n <name>] [-d <dep> ...] [-p <param> ...] [-o <out> ...] [-m <metrics> ...] [--trace] [--] <command> ...
            tenon run --begin [-n <name>] [-d <dep> ...] [-p <param> ...] [-o <out> ...] [-m <metrics> ...]
            tenon run --end [-n <name>] [-o <out> ...] [-m <metrics> ...] [--failed]
            """,
        discussion: """
            The command has the terminal, the streams and the signals of this one, and its exit status is this one's. The record names inputs and \
            outputs by their hashes, the code (the commit, and where the work tree differs from it a snapshot of the work tree), parameters, metrics \
            and environment. Outputs become artifacts, as by 'tenon add'; their pointers name the record.

            Where part of it can't be recorded, the rest is, and a command that ended well gives 2.

            With --trace, artifacts that the command reads are inputs, as they are when it has ended; artifacts that it writes are outputs, and so are new \
            files that Git neither tracks nor ignores, and directories that it makes.

            Around work that is no command, '--begin' takes the code and inputs as they are, and '--end' records what came of it, days later if need be.
            """)

    @OptionGroup var options: RunOptions

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("What is executed.", valueName: "command"))
    var command: [String] = []

    /// What `--json` prints.
    private struct Report: Encodable {
        var run: RunFinishRequest.Reply
        var status: Int32
    }

    func validate() throws {
        let modes = [options.begin, options.end, options.abort].count(where: \.self)
        if modes > 1 { throw ValidationError("--begin, --end and --abort exclude each other") }
        if modes == 1 {
            if !command.isEmpty { throw ValidationError("--begin, --end and --abort take no command") }
            if options.trace { throw ValidationError("--trace goes with a command") }
        }
        if (options.end || options.abort) && !(options.inputs.isEmpty && options.parameters.isEmpty && options.variables.isEmpty) {
            throw ValidationError("inputs, parameters and variables are named when a run begins")
        }
        if options.failed && !options.end { throw ValidationError("--failed goes with --end") }
    }

    func run() throws {
        if options.begin { return try beginSession() }
        if options.end { return try endSession() }
        if options.abort { return try abortSession() }
        try showHelp(ifAskedBy: command)
        let words = (command.first == "--" ? command.dropFirst() : command[...]).map(ArgumentEscape.bytes)
        guard let program = words.first, !program.isEmpty else { throw ValidationError("name what to run, after '--'") }
        let session = try Session(options.settings)
        let tracer = options.trace ? try CommandTracer(environment: session.environment, topLevel: session.workTree.topLevel.bytes) : nil
        let environment = try EnvironmentSurvey(environment: session.environment, command: words).take(variables: options.variables)
        let draft = try session.perform(try beginning(words, session, environment)).draft
        let (log, hold) = try MetricsLog.make(in: session.metricsDirectory)
        var finish = RunFinishRequest(workTree: session.workTree, draft: draft, started: Clock.now(), finished: 0, keepsOutputs: options.keepOutputs)
        let status: Int32
        do {
            switch try session.foreground(tracer?.traced(words) ?? words, variables: [MetricsLog.variable: log.path]) {
            case .exited(let code):
                finish.status = code
                status = code
            case .killed(let signal):
                finish.signal = signal
                status = 128 + signal
            }
        } catch let error as TenonError {
            hold.remove()
            finish.reason = error.description
            finish.finished = Clock.now()
            _ = try session.perform(finish, isRepeatable: true)
            throw error
        }
        finish.finished = Clock.now()
        let reply: RunFinishRequest.Reply
        do {
            finish.trace = try tracer?.finish()
            if !hold.isEmpty { finish.log = WirePath(log.path) }
            reply = try session.perform(finish, isRepeatable: true)
        } catch let error as TenonError {
            throw hold.left(after: error)
        }
        hold.remove()
        try tell(reply, status: status, session)
        if status != 0 { throw ExitCode(status) }
        if !reply.problems.isEmpty { throw ExitCode(2) }
    }

    /// What is asked before it starts.
    func beginning(_ words: [[UInt8]], _ session: Session, _ environment: RunEnvironment) throws -> RunBeginRequest {
        RunBeginRequest(
            workTree: session.workTree, name: options.name, command: words.map { WirePath(bytes: $0) },
            inputs: try session.paths.artifacts(options.inputs), outputs: try session.paths.artifacts(options.outputs),
            metrics: try session.paths.artifacts(options.metrics), parameters: try options.parameters.map { try $0.resolved(session.paths) },
            environment: environment)
    }

    /// Says what was recorded, on standard error: standard output is the command's.
    func tell(_ reply: RunFinishRequest.Reply, status: Int32, _ session: Session) throws {
        if session.console.isJSON {
            try session.console.document(Report(run: reply, status: status))
            session.console.flush()
        } else if !options.quiet {
            OutputStream.write(RunText.summary(reply, session.presentation).utf8, to: STDERR_FILENO)
        }
        for problem in reply.problems {
            OutputStream.write(ErrorText.text(problem, style: Console.style(options.color, for: STDERR_FILENO)).utf8, to: STDERR_FILENO)
        }
    }
}
