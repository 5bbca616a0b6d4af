import Glibc
import TenonCore

/// A stage's command while it runs, with what it writes.
package final class StageProcess {
    /// Where its streams lead.
    package enum Streams: Sendable {
        /// To those of this process: it has the terminal.
        case own
        /// The same, and it stays in the process group of this one: whoever ends that ends it as well.
        case ownInGroup
        /// The same, but what it prints goes to standard error.
        case errorOnly
        /// It reads nothing, and what it writes is read here; it has a session of its own, so that no terminal's signals reach it.
        case captured
    }

    package let identifier: pid_t
    /// What it writes, both streams in one; -1 where that is not read here, or at its end.
    package private(set) var output: CInt
    /// Whether a terminal's signals don't reach it, and others reach all that it starts.
    package let hasSession: Bool
    private var ending: Foreground.Ending?

    /// Starts it. Throws where there is no shell; a directory or program that is not there is told by the shell, and by its exit status.
    ///
    /// - Parameters:
    ///   - directory: absolute path of where it starts.
    ///   - variables: set in its environment beside those of this process.
    ///   - lock: stays open in it and in all that it starts.
    package init(
        _ command: [[UInt8]], directory: [UInt8], variables: [String: String] = [:], streams: Streams, lock: StageLock? = nil
    ) throws(TenonError) {
        guard !command.isEmpty else { throw TenonError(.invalidArgument, "nothing can be run", cause: "no command is given") }
        let own = Foreground.inheritedEnvironment().filter { entry in !variables.keys.contains { entry.starts(with: Array("\($0)=".utf8)) } }
        // posix_spawn can't change the directory everywhere; a shell that becomes the command can.
        let words = ["-c", "cd -- \"$1\" && shift && exec \"$@\"", "sh"].map { Array($0.utf8) } + [directory] + command
        var child = ChildProcess(program: "sh", arguments: words, environment: own + variables.map { Array("\($0)=\($1)".utf8) })
        if let lock { child.redirections.append((lock.descriptor, .descriptor(lock.descriptor))) }
        var reading: CInt = -1
        switch streams {
        case .own, .ownInGroup: break
        case .errorOnly: child.redirections.append((1, .descriptor(2)))
        case .captured:
            let pipe = try makePipe()
            reading = pipe.reading
            defer { close(pipe.writing) }
            child.redirections += [(0, .null), (1, .descriptor(pipe.writing)), (2, .descriptor(pipe.writing))]
            child.startsSession = true
            do {
                identifier = try child.start()
            } catch {
                close(reading)
                throw error
            }
            _ = fcntl(reading, F_SETFL, O_NONBLOCK)
            output = reading
            hasSession = true
            return
        }
        // Without a terminal nobody else sends signals to what it starts.
        hasSession = streams != .ownInGroup && isatty(STDIN_FILENO) == 0
        child.startsSession = hasSession
        identifier = try child.start()
        output = reading
    }

    deinit { if output >= 0 { close(output) } }

    /// What it has written since; empty where nothing is there yet, or ever will be.
    package func read() -> [UInt8] {
        guard output >= 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = bytes.withUnsafeMutableBytes { buffer in retryingInterrupts { Glibc.read(output, buffer.baseAddress, buffer.count) } }
        if count > 0 { return Array(bytes[..<count]) }
        if count == 0 || errno != EAGAIN { closeOutput() }
        return []
    }

    /// Nothing more of what it writes is read.
    package func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    /// How it ended; `nil`: it runs still.
    package func checkEnd() -> Foreground.Ending? {
        if let ending { return ending }
        var status: CInt = 0
        let found = retryingInterrupts { Int(waitpid(identifier, &status, WNOHANG)) }
        if found == 0 { return nil }
        if found < 0 {
            ending = .exited(127)
        } else {
            let signal = status & 0x7F
            ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)
        }
        return ending
    }

    /// Sends a signal to it, and where it has a session of its own to all that it has started.
    package func send(_ signal: CInt) {
        guard ending == nil else { return }
        kill(hasSession ? -identifier : identifier, signal)
    }
}
