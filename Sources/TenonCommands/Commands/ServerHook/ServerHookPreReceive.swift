import ArgumentParser
import Glibc
import TenonAPI
import TenonClient

/// What Git runs when someone pushes. The daemon's program does it, without being a daemon: this one knows no storage.
struct ServerHookPreReceive: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pre-receive", abstract: "Judge a push; called by the hook that 'tenon server-hook install' installs.",
        discussion: "Reads 'OLD NEW REF' lines on standard input, as Git's hook pre-receive. Exits with 1 if the push must be refused.",
        shouldDisplay: false)

    func run() throws {
        let program = try ClientEnvironment.ofProcess().daemonProgram
        let words = [strdup("tenond"), strdup("pre-receive"), nil]
        execvp(program, words)
        throw TenonError(
            .notFound, "'\(displayName(program.utf8))' can't be run", cause: String(cString: strerror(errno)),
            hint: "install tenond beside tenon, or in PATH")
    }
}
