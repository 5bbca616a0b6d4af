import Glibc
import TenonCore

/// Runs `git` commands: blocking, each with a deadline and a bound on its output, in a scrubbed environment, without a terminal.
///
/// To be called on threads that may wait, never on Swift's cooperative pool.
package struct GitProcess: Sendable {
    /// How a command ended.
    package struct Outcome: Sendable {
        /// The exit status; 128 + n if signal n ended it.
        package let status: Int32
        package let output: [UInt8]
        /// What it said on standard error, at most 64 KiB.
        package let errors: [UInt8]

        /// The text on standard error, for people.
        package var errorText: String { String(decoding: errors, as: UTF8.self) }

        /// Standard output without the line feed at its end.
        package var line: ArraySlice<UInt8> { output.last == 0x0A ? output.dropLast() : output[...] }
    }

    package let environment: GitEnvironment
    /// Where `git` works (`-C`); an absolute path.
    package let directory: [UInt8]

    package static let defaultTimeout = Duration.seconds(120)
    /// Bounds of what is kept of a command's standard output and standard error.
    package static let defaultOutputLimit = 256 << 20
    private static let errorLimit = 64 << 10

    package init(directory: [UInt8], environment: GitEnvironment) {
        self.directory = directory
        self.environment = environment
    }

    /// Starts `git` with `arguments` and pipes.
    func start(_ arguments: [GitArgument]) throws -> ChildProcess {
        let executable = try environment.gitExecutable()
        for argument in arguments where argument.bytes.contains(0) {
            throw TenonError(.invalidArgument, "'\(displayName(argument.bytes))' holds a NUL byte")
        }
        let vector = [Array("git".utf8), Array("-C".utf8), directory] + arguments.map(\.bytes)
        return try ChildProcess(executable: executable, arguments: vector, environment: environment.block)
    }

    /// Runs `git` to its end, whatever its exit status.
    ///
    /// - Throws: `io` if it can't be started, takes longer than `timeout` or writes more than `outputLimit` bytes; then it is killed, with all that
    ///   it started.
    package func run(
        _ arguments: [GitArgument], input: [UInt8] = [], outputLimit: Int = GitProcess.defaultOutputLimit,
        timeout: Duration = GitProcess.defaultTimeout
    ) throws -> Outcome {
        var child = try start(arguments)
        let deadline = Deadline(after: timeout)
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var sent = 0
        var status: Int32?
        if input.isEmpty { child.input.close() }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { scratch.deallocate() }

        // Ends with both pipes closed, or, if something that git left running holds them open, once git itself has ended and they are empty.
        while child.output.isOpen || child.errors.isOpen {
            var waiting = [
                pollfd(fd: child.output.raw, events: Int16(POLLIN), revents: 0), pollfd(fd: child.errors.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: child.input.raw, events: Int16(POLLOUT), revents: 0),
            ]
            let ready = poll(&waiting, nfds_t(waiting.count), status == nil ? deadline.milliseconds(atMost: 200) : 0)
            if ready < 0 && errno != EINTR { throw systemError("can't wait for git") }
            if ready == 0 {
                if status != nil { break }
                status = child.exitStatusIfEnded()
                if status == nil && deadline.isOver {
                    throw TenonError(.io, "\(commandName(arguments)) took longer than \(timeout)", hint: "run it by hand to see what it waits for")
                }
                continue
            }
            if waiting[0].revents != 0 {
                try drain(&child.output, into: &output, scratch)
                if output.count > outputLimit {
                    throw TenonError(.io, "\(commandName(arguments)) wrote more than \(outputLimit) bytes")
                }
            }
            if waiting[1].revents != 0 {
                try drain(&child.errors, into: &errors, scratch)
                if errors.count > GitProcess.errorLimit { errors.removeLast(errors.count - GitProcess.errorLimit) }
            }
            if waiting[2].revents != 0 {
                let count = input.withUnsafeBytes { send(child.input.raw, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL)) }
                if count > 0 { sent += count }
                // A command that does not read to the end says why by its exit status.
                if sent == input.count || (count < 0 && errno != EAGAIN && errno != EINTR) { child.input.close() }
            }
        }
        return Outcome(status: status ?? child.wait(until: deadline), output: output, errors: errors)
    }

    /// Runs `git` and throws, with what it said, unless it exits with 0.
    package func succeed(
        _ arguments: [GitArgument], input: [UInt8] = [], outputLimit: Int = GitProcess.defaultOutputLimit,
        timeout: Duration = GitProcess.defaultTimeout
    ) throws -> Outcome {
        let outcome = try run(arguments, input: input, outputLimit: outputLimit, timeout: timeout)
        guard outcome.status == 0 else { throw GitFailure.error(of: outcome, command: commandName(arguments), directory: directory) }
        return outcome
    }

    private func commandName(_ arguments: [GitArgument]) -> String {
        let name = arguments.first { $0.bytes.first != UInt8(ascii: "-") }
        return "git \(displayName(name?.bytes ?? []))"
    }
}

/// Reads what is there; closes `pipe` at its end.
package func drain(_ pipe: inout FileDescriptorOwner, into bytes: inout [UInt8], _ scratch: UnsafeMutableRawBufferPointer) throws {
    let count = read(pipe.raw, scratch.baseAddress, scratch.count)
    if count > 0 {
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    } else if count == 0 {
        pipe.close()
    } else if errno != EAGAIN && errno != EINTR {
        throw systemError("can't read from git")
    }
}
