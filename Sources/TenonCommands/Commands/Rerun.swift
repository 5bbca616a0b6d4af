import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

struct Rerun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun",
        abstract: "Execute a recorded run again, and say whether it makes the same.",
        discussion: """
            Writes the recorded code and inputs, fetched where they are not here, to a directory of their own, executes the recorded command there and compares what it makes with what \
            was recorded: identical, close (numbers within the tolerance), different (which tensors, keys or cells, and by how much). The verdict is \
            recorded. Exits with 1 unless all is identical, or with --tolerance at least close.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("Numbers may differ by this, or by this part of the recorded one.", valueName: "number"))
    var tolerance: Double = 0

    @Flag(help: "Leave the directory where it is, and say where.")
    var keep = false

    @Argument(help: ArgumentHelp("What to make again: an artifact, or the record of a run.", valueName: "[rev:]path|run"))
    var target: RevisionPath

    /// What `--json` prints.
    private struct Report: Encodable {
        var run: String
        var environment: [EnvironmentDifference]
        var status: Int32
        var result: RerunFinishRequest.Reply?
    }

    func validate() throws {
        if !(tolerance.isFinite && tolerance >= 0) { throw ValidationError("--tolerance is a number from 0 on") }
    }

    func run() throws {
        let session = try Session(common)
        let scratch = try ScratchDirectory()
        defer { if !keep { scratch.remove() } }
        let subject = try session.recordSubject(target)
        let begun = try session.perform(
            RerunBeginRequest(
                workTree: session.workTree, run: subject.oid, subject: subject.oid == nil ? subject : nil, directory: WirePath(scratch.work),
                environment: session.transferEnvironment))
        let command = begun.run.command.map(\.bytes)
        guard !command.isEmpty else {
            throw TenonError(
                .unsupported, "the run can't be made again", cause: "it was begun and ended by hand: nobody knows what was executed",
                hint: "tenon restore brings its inputs; tenon trace names its code")
        }
        let survey = EnvironmentSurvey(environment: session.environment, command: command)
        let differences = EnvironmentDifference.between(begun.environment, try survey.take())
        say(RerunText.environment(differences))
        let status = try execute(command, in: scratch.work, begun, session)
        guard status == begun.run.status ?? 0 else {
            if session.console.isJSON {
                try session.console.document(Report(run: begun.run.run, environment: differences, status: status, result: nil))
                session.console.flush()
            }
            throw TenonError(
                .conflict, "the run was not made again", cause: "its command ended with \(status), recorded is \(begun.run.status ?? 0)")
        }
        let reply = try session.perform(
            RerunFinishRequest(
                workTree: session.workTree, run: begun.run.run, directory: WirePath(scratch.work), tolerance: tolerance, user: survey.place.user,
                host: survey.place.host, time: Clock.now()))
        if session.console.isJSON {
            try session.console.document(Report(run: begun.run.run, environment: differences, status: status, result: reply))
        } else {
            session.console.text(RerunText.verdicts(reply, session.presentation))
        }
        session.console.flush()
        if keep { say("made in \(displayName(scratch.work.utf8))\n") }
        if reply.verdict != .identical, !(tolerance > 0 && reply.verdict == .close) { throw ExitCode(1) }
    }

    /// Executes the command where the record says, with the variables that decide what a computation gives.
    private func execute(_ command: [[UInt8]], in directory: String, _ begun: RerunBeginRequest.Reply, _ session: Session) throws -> Int32 {
        let place = Array(directory.utf8) + (begun.run.directory.bytes.isEmpty ? [] : [UInt8(ascii: "/")] + begun.run.directory.bytes)
        try GlobalOptions.change(to: place)
        defer { try? GlobalOptions.change(to: session.environment.directory) }
        // What it logs goes nowhere; without a log 'tenon metric' would fail.
        let (log, hold) = try MetricsLog.make(in: session.metricsDirectory)
        defer { hold.remove() }
        var variables = EnvironmentSurvey.deciding(begun.environment?.variables ?? [:])
        variables[MetricsLog.variable] = log.path
        switch try session.foreground(command, variables: variables) {
        case .exited(let status): return status
        case .killed(let signal): return 128 + signal
        }
    }

    private func say(_ text: String) {
        if !common.quiet { OutputStream.write(text.utf8, to: STDERR_FILENO) }
    }
}
