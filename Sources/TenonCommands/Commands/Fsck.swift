import ArgumentParser
import TenonAPI

struct Fsck: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the store.", discussion: "Exits with 1 if anything is not as it should be.")

    @OptionGroup var common: CommonOptions

    @Flag(help: "Decode and hash every chunk.")
    var read = false

    @Flag(help: "Make catalog and index anew from the packs.")
    var rebuild = false

    func run() throws {
        let reply = try DaemonSession(common).report(
            FsckRequest(read: read, rebuild: rebuild), item: { Array(CareText.finding($0, $1).utf8) }, reply: CareText.summary)
        if reply.findings > 0 { throw ExitCode(1) }
    }
}
