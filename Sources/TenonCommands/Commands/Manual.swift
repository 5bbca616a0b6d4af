import ArgumentParser
import Glibc
import TenonAPI

/// Writes the man pages, made from the commands' own help. For whoever installs: see `Scripts/install-extras.sh`.
struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "manual", abstract: "Write the man pages to a directory.", shouldDisplay: false)

    @Argument(help: ArgumentHelp("The directory, which must exist.", valueName: "dir"))
    var directory: PathArgument

    func run() throws {
        for page in try ManualPages.all() {
            try write(page.text, to: directory.bytes + Array("/\(page.name)".utf8))
        }
    }

    private func write(_ text: String, to path: [UInt8]) throws {
        let descriptor = open(path.zeroTerminated, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw TenonError(.io, "writing '\(displayName(path))' failed", cause: String(cString: strerror(errno)))
        }
        OutputStream.write(text.utf8, to: descriptor)
        close(descriptor)
    }
}
