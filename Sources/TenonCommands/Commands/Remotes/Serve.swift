import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

/// What `ssh` runs at the other end of an `ssh://` remote. The daemon's program does it: this one knows no storage.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Serve a directory as a remote over SSH.", shouldDisplay: false)

    @Flag(help: "Speak over standard input and output.")
    var stdio = false

    @Argument(help: ArgumentHelp("The directory.", valueName: "dir"))
    var directory: PathArgument

    func run() throws {
        let program = try ClientEnvironment.ofProcess().daemonProgram
        let arguments = [Array("tenond".utf8), Array("serve".utf8)] + (stdio ? [Array("--stdio".utf8)] : []) + [Array("--".utf8), directory.bytes]
        let words = arguments.map { strdup(String(decoding: $0, as: UTF8.self)) } + [nil]
        execvp(program, words)
        throw TenonError(
            .notFound, "'\(displayName(program.utf8))' can't be run", cause: String(cString: strerror(errno)),
            hint: "install tenond beside tenon, or in PATH")
    }
}
