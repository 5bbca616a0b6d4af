import ArgumentParser

/// `tenon exp …`: what is tried aside, several ways at a time, and compared.
struct Experiment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exp",
        abstract: "Try parameters aside, in parallel, and compare what comes of them.",
        discussion: """
            Each trial runs in a work tree of its own, with the code as it is, uncommitted changes included, and with the data that it reads, of which no \
            second copy is made. What comes of it is a commit under refs/tenon/exps/, which 'tenon exp apply' brings back, data and all.
            """,
        subcommands: [
            ExperimentRun.self, ExperimentList.self, ExperimentCompare.self, ExperimentShow.self, ExperimentApply.self, ExperimentBranch.self,
            ExperimentRemove.self, ExperimentLogs.self, ExperimentStop.self, ExperimentStart.self, ExperimentTrial.self, ExperimentWorker.self,
        ],
        defaultSubcommand: ExperimentList.self)
}
