import ArgumentParser
import Glibc
import TenonAPI

/// The program `tenon`: arguments in, exit status out.
package enum CommandLineTool {
    package static func main() -> Never {
        openStandardStreams()
        Interruption.install()
        exit(run(ProcessArguments.escaped()))
    }

    /// Those that are closed become `/dev/null`, as in Git: else the next file or socket would get the number, and what is printed.
    private static func openStandardStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 { open("/dev/null", O_RDWR) }
    }

    /// Runs one command line, as spelled by `ArgumentEscape`, and reports its errors.
    static func run(_ given: [String]) -> Int32 {
        var arguments = given
        do {
            for directory in try GlobalOptions.takeDirectories(from: &arguments) { try GlobalOptions.change(to: directory) }
            guard let name = arguments.first else {
                OutputStream.write(Overview.text.utf8, to: STDOUT_FILENO)
                return 0
            }
            // The parser's own option would be one of every command, also of those that have one of that name.
            if name == "--version" { arguments[0] = Version._commandName }
            // Git waits for its hooks, several a commit: what they are called with needs no parser.
            if let call = HookCall(arguments) { return try call.perform() }
            if !name.hasPrefix("-"), !Overview.commandNames.contains(name) { throw UnknownCommand(name: name) }
            if name == "help" {
                let topic = CommandPath(arguments.dropFirst())
                if let rest = topic.rest, !rest.hasPrefix("-"), topic.takesMore { throw UnknownCommand(name: rest, parents: topic.names) }
            }
            let takesWords =
                [Diff._commandName, Log._commandName, Params._commandName, Metrics._commandName, Plots._commandName].contains(name)
                || isExperiment(arguments)
            var command = try Tenon.parseAsRoot(takesWords ? RevisionWords.marked(arguments) : arguments)
            try command.run()
            return 0
        } catch let error as TenonError {
            return report(error, asJSON: arguments.prefix { $0 != "--" }.contains("--json"))
        } catch {
            return report(error, arguments: arguments)
        }
    }

    /// Whether stages and a command are told apart by `--`.
    private static func isExperiment(_ arguments: [String]) -> Bool {
        arguments.prefix(2).elementsEqual([Experiment._commandName, ExperimentRun._commandName])
    }

    private static func report(_ error: TenonError, asJSON: Bool) -> Int32 {
        if asJSON, let document = try? WireCoding.encode(["error": error]) {
            OutputStream.write(document + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
        }
        OutputStream.write(ErrorText.text(error, style: errorStyle).utf8, to: STDERR_FILENO)
        return ErrorText.exitStatus(error)
    }

    /// Errors of the parser, and its way of saying help, version or an exit status.
    private static func report(_ error: any Error, arguments: [String]) -> Int32 {
        if let code = error as? ExitCode { return code.rawValue }
        if let error = error as? UnknownCommand {
            OutputStream.write(ErrorText.text(error.described, style: errorStyle).utf8, to: STDERR_FILENO)
            return 64
        }
        if Tenon.exitCode(for: error) == .success {
            OutputStream.write((Tenon.fullMessage(for: error) + "\n").utf8, to: STDOUT_FILENO)
            return 0
        }
        let names = CommandPath(arguments).names
        let usage = TenonError(
            .invalidArgument, names.isEmpty ? "wrong usage" : "wrong usage of '\(names.joined(separator: " "))'",
            cause: shown(Tenon.message(for: error)), hint: "see '\((["tenon", "help"] + names).joined(separator: " "))'")
        OutputStream.write(ErrorText.text(usage, style: errorStyle).utf8, to: STDERR_FILENO)
        return 64
    }

    /// The parser's sentence as one line of Tenon's: no full stop, no bytes that a terminal would obey.
    private static func shown(_ message: String) -> String {
        let lines = message.split(separator: "\n").map { displayName(ArgumentEscape.bytes(of: String($0))) }
        let text = lines.joined(separator: "; ")
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    private static var errorStyle: Style { Console.style(.auto, for: STDERR_FILENO) }
}
