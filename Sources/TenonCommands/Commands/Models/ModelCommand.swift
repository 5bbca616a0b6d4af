import ArgumentParser

/// `tenon model …`: names, versions and stages of models, as Git tags.
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Give models names, versions and stages, as Git tags that are only ever added.",
        discussion: """
            A version is an annotated tag model/NAME/vN on the commit that binds the model; a promotion is a tag model/NAME/stage/STAGE/N, and the one with \
            the highest N counts. 'git fetch --tags' and 'git push --tags' carry them, so every clone and every Git host sees the same.
            """,
        subcommands: [ModelRegister.self, ModelPromote.self, ModelList.self, ModelShow.self, ModelHistory.self],
        defaultSubcommand: ModelList.self)
}
