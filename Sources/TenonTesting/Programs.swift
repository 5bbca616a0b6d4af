import Foundation

/// Writes a program, by another process: one that a test starts at the same time holds for a moment whatever this process has open for writing, and
/// what is open so can't be executed.
package func writeProgram(_ text: String, to path: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "printf %s \"$1\" >\"$2\" && chmod +x \"$2\"", "sh", text, path]
    try process.run()
    process.waitUntilExit()
}
