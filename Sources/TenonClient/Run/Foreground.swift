import Glibc
import Synchronization
import TenonCore

/// Runs a command as if this process were not there: with its terminal, streams, environment and directory, and with the signals it gets.
package enum Foreground {
    /// How it ended.
    package enum Ending: Hashable, Sendable {
        case exited(CInt)
        case killed(CInt)
    }

    /// The command that runs; read in a signal handler, so lock-free and set before the handlers are.
    private static let process = Atomic<pid_t>(0)
    /// Signals that wait for the command to be known, a bit each: it may run, and be heard of, before its number is here.
    private static let waiting = Atomic<UInt64>(0)

    /// Signals that are passed on. A terminal sends its own to the whole group, so of those only what another process has sent is.
    private static let forwarded = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT]

    /// Runs it to its end. Throws `notFound` where there is no such program, `io` where it can't be executed.
    ///
    /// - Parameter variables: set in the command's environment beside those of this process.
    package static func run(_ command: [[UInt8]], variables: [String: String] = [:]) throws(TenonError) -> Ending {
        guard let program = command.first.map({ String(decoding: $0, as: UTF8.self) }), !program.isEmpty else {
            throw TenonError(.invalidArgument, "nothing can be run", cause: "no command is given")
        }
        process.store(0, ordering: .sequentiallyConsistent)
        waiting.store(0, ordering: .sequentiallyConsistent)
        let previous = forwarded.map(catchSignal)
        defer { for (signal, action) in zip(forwarded, previous) where action != nil { restore(signal, action) } }
        let own = inheritedEnvironment().filter { entry in !variables.keys.contains { entry.starts(with: Array("\($0)=".utf8)) } }
        let child = ChildProcess(
            program: program, arguments: Array(command.dropFirst()), environment: own + variables.map { Array("\($0)=\($1)".utf8) })
        let started = try child.start()
        process.store(started, ordering: .sequentiallyConsistent)
        passOn(forwarded.reduce(0) { $0 | bit($1) })
        defer { process.store(0, ordering: .sequentiallyConsistent) }
        return wait(for: started)
    }

    private static func wait(for child: pid_t) -> Ending {
        var status: CInt = 0
        while waitpid(child, &status, 0) == -1 {
            if errno != EINTR { return .exited(127) }
        }
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)
    }

    /// Passes `signal` on from now. `nil` where it was ignored: then the command ignores it too, as under `nohup`.
    private static func catchSignal(_ signal: CInt) -> sigaction? {
        var previous = sigaction()
        sigaction(signal, nil, &previous)
        if previous.__sigaction_handler.sa_handler.map({ unsafeBitCast($0, to: Int.self) }) == 1 { return nil }
        var action = sigaction()
        action.sa_flags = SA_SIGINFO | SA_RESTART
        action.__sigaction_handler.sa_sigaction = { signal, information, _ in
            // SI_USER is 0: kill(2), and not the terminal, sent it. (<asm-generic/siginfo.h>; what the kernel sends is above.)
            guard let information, information.pointee.si_code <= 0 else { return }
            Foreground.waiting.bitwiseOr(Foreground.bit(signal), ordering: .sequentiallyConsistent)
            Foreground.passOn(Foreground.bit(signal))
        }
        sigaction(signal, &action, nil)
        return previous
    }

    private static func bit(_ signal: CInt) -> UInt64 { 1 << UInt64(signal) }

    /// Sends those of `signals` that wait, each once, if the command is known. Safe in a signal handler.
    private static func passOn(_ signals: UInt64) {
        let child = process.load(ordering: .sequentiallyConsistent)
        guard child > 0 else { return }
        let taken = waiting.bitwiseAnd(~signals, ordering: .sequentiallyConsistent).oldValue & signals
        for signal in CInt(1)..<64 where taken & bit(signal) != 0 { kill(child, signal) }
    }

    private static func restore(_ signal: CInt, _ action: sigaction?) {
        guard var action else { return }
        sigaction(signal, &action, nil)
    }

    /// `NAME=VALUE` of this process, byte for byte.
    static func inheritedEnvironment() -> [[UInt8]] {
        var result: [[UInt8]] = []
        var next = environ
        while let entry = next.pointee {
            result.append(Array(UnsafeRawBufferPointer(start: entry, count: strlen(entry))))
            next = next.advanced(by: 1)
        }
        return result
    }
}
