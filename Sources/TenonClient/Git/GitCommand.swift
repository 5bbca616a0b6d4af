import Glibc
import TenonCore

/// Runs the `git` program, in the person's environment.
package struct GitCommand {
    /// What a `git` that was not given the terminal said.
    package struct Output {
        package var status: CInt
        package var standardOutput: [UInt8]
        package var standardError: [UInt8]

        /// Standard output without its final line feed.
        package var line: [UInt8] {
            standardOutput.last == UInt8(ascii: "\n") ? Array(standardOutput.dropLast()) : standardOutput
        }

        /// The last line that Git said on standard error, without `fatal:`: for the cause of an error.
        package var complaint: String {
            let text = displayLines(standardError).last ?? "git ended with status \(status)"
            for prefix in ["fatal: ", "error: "] where text.hasPrefix(prefix) { return String(text.dropFirst(prefix.count)) }
            return text
        }
    }

    private let environment: ClientEnvironment

    package init(environment: ClientEnvironment) {
        self.environment = environment
    }

    /// Runs `git` with the terminal, environment and directory of this process and returns its exit status; 128 and a signal's number if that ended it.
    package func run(_ arguments: [[UInt8]]) throws(TenonError) -> CInt {
        let child = ChildProcess(program: "git", arguments: arguments, environment: environment.list)
        return ChildProcess.wait(for: try GitCommand.naming { () throws(TenonError) in try child.start() })
    }

    package func run(_ arguments: [String]) throws(TenonError) -> CInt {
        try run(arguments.map { Array($0.utf8) })
    }

    /// Runs `git` without a terminal, in the environment's directory, and returns what it says, at most `limit` bytes on each stream.
    ///
    /// - Parameter input: what it reads from its standard input.
    package func output(_ arguments: [[UInt8]], input: [UInt8]? = nil, limit: Int = 16 << 20) throws(TenonError) -> Output {
        var file: UnnamedFile?
        if let input { file = try UnnamedFile(input, environment: environment) }
        defer { withExtendedLifetime(file) {} }
        let descriptor = file?.descriptor
        let child = ChildProcess(
            program: "git", arguments: [Array("-C".utf8), environment.directory] + arguments, environment: untranslated.list)
        let captured = try GitCommand.naming { () throws(TenonError) in try child.captured(input: descriptor, limit: limit) }
        return Output(status: captured.status, standardOutput: captured.output, standardError: captured.errors)
    }

    package func output(_ arguments: [String], input: [UInt8]? = nil, limit: Int = 16 << 20) throws(TenonError) -> Output {
        try output(arguments.map { Array($0.utf8) }, input: input, limit: limit)
    }

    /// The id of the commit that `revision` names, in full. Throws `notFound` where Git knows none.
    package func resolveCommit(_ revision: [UInt8]) throws(TenonError) -> String {
        // Git itself refuses a revision that begins with a dash only after --end-of-options.
        let answer = try output(
            [
                Array("rev-parse".utf8), Array("--verify".utf8), Array("--quiet".utf8), Array("--end-of-options".utf8),
                revision + Array("^{commit}".utf8),
            ],
            limit: 4096)
        let id = String(decoding: answer.line, as: UTF8.self)
        guard answer.status == 0, id.utf8.count == 40 || id.utf8.count == 64, id.utf8.allSatisfy(isHexadecimal) else {
            throw TenonError(
                .notFound, "'\(displayName(revision))' names no commit",
                cause: answer.standardError.isEmpty ? nil : answer.complaint, hint: "git log --oneline shows commits")
        }
        return id
    }

    package func resolveCommit(_ revision: String) throws(TenonError) -> String {
        try resolveCommit(Array(revision.utf8))
    }

    /// The environment in which Git speaks English, for what is read by the client and not by a person.
    private var untranslated: ClientEnvironment {
        var result = environment
        result.variables["LC_ALL"] = "C"
        return result
    }

    private static func naming<Value>(_ body: () throws(TenonError) -> Value) throws(TenonError) -> Value {
        do {
            return try body()
        } catch {
            guard error.code == .notFound else { throw error }
            throw TenonError(.git, "git can't be run", cause: "there is no program 'git' in PATH", hint: "install Git")
        }
    }
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
}

/// The lines of `bytes` that hold something, fit to be shown.
private func displayLines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n")).map { displayName($0) }
}
