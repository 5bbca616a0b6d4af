import ArgumentParser

/// `tenon remote …`: the places that data is pushed to and fetched from.
struct Remote: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote",
        abstract: "Say where data is pushed to and fetched from.",
        subcommands: [RemoteList.self, RemoteAdd.self, RemoteTrust.self, RemoteProbe.self, RemoteDefault.self, RemoteRemove.self],
        defaultSubcommand: RemoteList.self)
}
