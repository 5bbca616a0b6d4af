import Glibc
import TenonCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The environment variables and the directory that a command runs in, as values: nothing else in this module asks the process for them.
package struct ClientEnvironment: Sendable {
    package var variables: [String: String]
    /// Absolute path of the current directory.
    package var directory: [UInt8]
    /// Absolute path of the program that runs; the daemon is looked for beside it.
    package var program: String?

    package init(variables: [String: String], directory: [UInt8], program: String? = nil) {
        self.variables = variables
        self.directory = directory
        self.program = program
    }

    /// Those of this process. Throws if its directory is gone.
    package static func ofProcess() throws(TenonError) -> ClientEnvironment {
        guard let path = getcwd(nil, 0) else {
            throw TenonError(.io, "the current directory can't be found", cause: reason(errno), hint: "change to a directory that exists")
        }
        defer { free(path) }
        let directory = Array(UnsafeRawBufferPointer(start: path, count: strlen(path)))
        return ClientEnvironment(variables: ProcessInfo.processInfo.environment, directory: directory, program: executablePath())
    }

    subscript(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// `NAME=VALUE`, as a child process takes them.
    var list: [[UInt8]] {
        variables.sorted { $0.key < $1.key }.map { Array("\($0.key)=\($0.value)".utf8) }
    }

    private static func executablePath() -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        return String(validating: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
