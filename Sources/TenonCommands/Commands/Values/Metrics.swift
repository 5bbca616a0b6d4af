import ArgumentParser

/// `tenon metrics …`: what came of runs, in numbers.
struct Metrics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Show and compare metrics.",
        subcommands: [MetricsShow.self, MetricsDiff.self],
        defaultSubcommand: MetricsShow.self)
}
