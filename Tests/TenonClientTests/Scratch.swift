import Foundation
import TenonClient

/// A directory that is removed with what is in it.
func withScratchDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().appendingPathComponent("tenon-client-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Hermetic Git: no configuration of the person or the system.
func environment(in directory: String, _ more: [String: String] = [:]) -> ClientEnvironment {
    var variables = [
        "HOME": directory, "PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.com",
    ]
    variables.merge(more) { $1 }
    return ClientEnvironment(variables: variables, directory: Array(directory.utf8))
}

@discardableResult
func git(_ arguments: String..., in directory: String) throws -> String {
    let output = try GitCommand(environment: environment(in: directory)).output(["-C", directory] + arguments)
    guard output.status == 0 else { throw Failed(what: output.complaint) }
    return String(decoding: output.line, as: UTF8.self)
}

struct Failed: Error {
    var what: String
}
