import ArgumentParser
import TenonClient

/// What commands that make a tag take.
struct TagOptions: ParsableArguments {
    @Option(name: [.customShort("m"), .customLong("message")], help: ArgumentHelp("A message for the tag.", valueName: "text"))
    var message: String?

    @Flag(help: "Sign the tag, as 'git tag --sign' does.")
    var sign = false

    @Flag(help: "Don't sign it, whatever tag.gpgSign says.")
    var noSign = false

    @Option(help: ArgumentHelp("Sign it with this key, as 'git tag --local-user' does.", valueName: "key"))
    var key: String?

    @Flag(help: "Push the tag at once; if its number is taken there, take the next.")
    var push = false

    @Option(name: .customLong("remote"), help: ArgumentHelp("With --push: the Git remote; 'origin' or the only one otherwise.", valueName: "remote"))
    var remote: String?

    func validate() throws {
        if noSign && (sign || key != nil) { throw ValidationError("--no-sign excludes --sign and --key") }
        if remote != nil && !push { throw ValidationError("--remote goes with --push") }
        if let remote, remote.hasPrefix("-") { throw ValidationError("'\(remote)' is no remote") }
    }

    var signing: TagWriter.Signing {
        if noSign { return .unsigned }
        if let key { return .signed(key: String(decoding: ArgumentEscape.bytes(of: key), as: UTF8.self)) }
        return sign ? .signed(key: nil) : .configured
    }

    /// Whether a signature is asked for, and the tag that is there has none.
    func isSignatureMissing(_ origin: TagOrigin) -> Bool { (sign || key != nil) && origin.signature == nil }

    var text: String? { message.map { String(decoding: ArgumentEscape.bytes(of: $0), as: UTF8.self) } }
}
