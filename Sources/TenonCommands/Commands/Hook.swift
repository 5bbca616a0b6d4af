import ArgumentParser
import TenonAPI
import TenonClient
import TenonHooks

struct Hook: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook",
        abstract: "Do what a hook of Git asks for; called by the hooks that 'tenon init' installs.",
        usage: "tenon hook <name> [<what git gives> ...]",
        discussion: """
            pre-commit stages the pointers of changed artifacts and refuses a commit that could not be restored; pre-push and reference-transaction \
            refuse commits whose data is not stored; the post-... hooks bring data where Git has moved a pointer.

            TENON_SKIP=REASON in the environment skips all of it; that is noted in 'tenon/skipped' of the Git directory.
            """,
        shouldDisplay: false)

    @Argument(help: ArgumentHelp("The hook, as Git names it.", valueName: "name"))
    var name: String

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The arguments that Git gives the hook.", valueName: "what git gives"))
    var arguments: [String] = []

    func run() throws {
        guard let hook = GitHook(rawValue: name) else {
            let names = GitHook.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(displayName(ArgumentEscape.bytes(of: name)))' is none of the hooks \(names)")
        }
        let status = try HookCall(hook: hook, arguments: arguments).perform()
        if status != 0 { throw ExitCode(status) }
    }
}
