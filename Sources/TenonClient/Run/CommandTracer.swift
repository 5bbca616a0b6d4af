import Glibc
import TenonAPI
import TenonCore

/// Has a command watched by `strace`, and tells what it read and wrote.
package final class CommandTracer {
    private let environment: ClientEnvironment
    private let topLevel: [UInt8]
    /// The log: a file without a name, so that nothing is left of it.
    private let log: CInt
    private let options: [String]
    private var isUsed = false

    /// How long the tracer may take to write the command's end, after it has ended.
    private static let patience = Duration.seconds(10)

    /// Looks whether commands can be watched here. Throws `unsupported` if not, and says why.
    ///
    /// - Parameter topLevel: absolute path of the work tree.
    package init(environment: ClientEnvironment, topLevel: [UInt8]) throws(TenonError) {
        self.environment = environment
        self.topLevel = topLevel
        let basic = ["-f", "-q", "-y", "-xx", "-e", "trace=" + TraceLog.calls.joined(separator: ","), "-e", "signal=none"]
        // With it only the calls that are asked for stop the command; strace has it since 5.3.
        let fast = ["--seccomp-bpf"] + basic
        options = try CommandTracer.works(fast, environment) ? fast : basic
        log = try CommandTracer.openLog(environment)
    }

    deinit { close(log) }

    /// Tries it with a command that does nothing.
    private static func works(_ options: [String], _ environment: ClientEnvironment) throws(TenonError) -> Bool {
        func attempt(_ options: [String]) throws(TenonError) -> ChildProcess.Captured {
            let arguments = options + ["-o", "/dev/null", "--", "/bin/sh", "-c", ":"]
            do {
                return try ChildProcess(program: "strace", arguments: arguments.map { Array($0.utf8) }, environment: environment.list)
                    .captured(limit: 64 << 10)
            } catch {
                guard error.code == .notFound else { throw error }
                throw TenonError(
                    .unsupported, "the command can't be traced", cause: "there is no program 'strace' in PATH",
                    hint: "install strace; or name inputs and outputs with -d and -o")
            }
        }
        if try attempt(options).status == 0 { return true }
        let plain = try attempt(Array(options.dropFirst()))
        guard plain.status == 0 else {
            let complaint = plain.errors.split(separator: UInt8(ascii: "\n")).first.map { displayName($0) }
            throw TenonError(
                .unsupported, "the command can't be traced", cause: complaint ?? "strace ended with status \(plain.status)",
                hint: "tracing must be permitted (in a container: --cap-add SYS_PTRACE); or name inputs and outputs with -d and -o")
        }
        return false
    }

    private static func openLog(_ environment: ClientEnvironment) throws(TenonError) -> CInt {
        let answer = try GitCommand(environment: environment).output(["rev-parse", "--absolute-git-dir"])
        var template = Array((String(decoding: answer.line, as: UTF8.self) + "/tenon-trace-XXXXXX").utf8CString)
        let descriptor = template.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.map { mkstemp($0) } ?? -1 }
        guard answer.status == 0, descriptor >= 0 else {
            throw TenonError(.io, "the command can't be traced", cause: "no file can be made in the Git directory: \(reason(errno))")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        return descriptor
    }

    /// The words that run `command` watched; `command` itself where there is no such program, which is then told as always.
    ///
    /// The tracer runs beside the command, not between it and this process: signals and exit status are the command's own.
    package func traced(_ command: [[UInt8]]) -> [[UInt8]] {
        guard let program = command.first, isExecutable(program) else { return command }
        isUsed = true
        let words = ["strace", "-D"] + options + ["-o", "/proc/\(getpid())/fd/\(log)", "--"]
        return words.map { Array($0.utf8) } + command
    }

    private func isExecutable(_ program: [UInt8]) -> Bool {
        let name = String(decoding: program, as: UTF8.self)
        if name.contains("/") { return access(name, X_OK) == 0 }
        return (environment["PATH"] ?? "").split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
    }

    /// Reads the log, to the end of the command. What it has left running in the background is not waited for.
    package func finish() throws(TenonError) -> RunTrace? {
        guard isUsed else { return nil }
        var reader = TraceLog(top: topLevel, start: environment.directory)
        var line: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 256 << 10)
        var offset: off_t = 0
        let end = ContinuousClock.now + CommandTracer.patience
        while !reader.hasEnded {
            let count = block.withUnsafeMutableBytes { buffer in retryingInterrupts { pread(log, buffer.baseAddress, buffer.count, offset) } }
            guard count >= 0 else { throw TenonError(.io, "what the command used can't be read", cause: reason(errno)) }
            offset += off_t(count)
            for byte in block[..<count] {
                if byte == UInt8(ascii: "\n") {
                    reader.take(line[...])
                    line.removeAll(keepingCapacity: true)
                } else if line.count <= TraceLog.maximumLine {
                    line.append(byte)
                }
            }
            if count > 0 { continue }
            guard ContinuousClock.now < end else { break }
            usleep(2000)
        }
        return reader.trace
    }
}
