import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

/// Called by Git for each side of a pointer that it compares.
struct DiffDriver: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff-driver",
        abstract: "Print a pointer and the entries of its directory as text; called by Git.",
        usage: "tenon diff-driver <file>",
        discussion: """
            Git's setting is diff.tenon.textconv = tenon diff-driver. What can't be described is printed as it is: a diff never fails for it.
            """,
        shouldDisplay: false)

    /// All that comes is a path, whatever it begins with.
    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The pointer file.", valueName: "file"))
    var paths: [PathArgument] = []

    func validate() throws {
        guard paths.count == 1 else { throw ValidationError("one path is needed") }
    }

    func run() throws {
        guard let text = try? SmallFile.pointer(at: paths[0]), text.hasPrefix("tenon ") else { return try SmallFile.copyToOutput(paths[0]) }
        // Nothing is written before all of it is there, so that the fallback is not half of two texts.
        var lines = ""
        do {
            let session = try DaemonSession(repositoryAround: Console.Settings(progress: .none), environment: try ClientEnvironment.ofProcess())
            _ = try session.perform(DescribeRequest(pointer: text)) { lines += $0.text }
        } catch {
            lines = text
        }
        OutputStream.write(lines.utf8, to: STDOUT_FILENO)
    }
}
