import ArgumentParser

/// `tenon server-hook …`: what makes a Git server judge what is pushed to it.
struct ServerHookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server-hook", abstract: "Make a Git server refuse pushes that break the rules.",
        discussion: """
            The hook judges every commit that a push brings, by the rules in the 'tenon.yaml' of the branch as it lies on the server. No client can skip \
            it. It needs no daemon, and no data: records of runs, and the listing of the remote that 'git config tenon.server.remote' names.
            """,
        subcommands: [ServerHookInstall.self, ServerHookUninstall.self, ServerHookStatus.self, ServerHookPreReceive.self])
}
