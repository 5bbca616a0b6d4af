import ArgumentParser
import Glibc

struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print the completion script for a shell.",
        discussion: "For bash: tenon completions bash > ~/.local/share/bash-completion/completions/tenon")

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        let script =
            switch shell {
            case .bash: Tenon.completionScript(for: .bash)
            case .zsh: Tenon.completionScript(for: .zsh)
            case .fish: Tenon.completionScript(for: .fish)
            }
        OutputStream.write((script + "\n").utf8, to: STDOUT_FILENO)
    }
}
