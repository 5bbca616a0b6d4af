import ArgumentParser
import TenonAPI
import TenonClient

struct Metric: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metric",
        abstract: "Log the value of a metric from inside a run.",
        discussion: """
            Called by what 'tenon run' executes, as often as there is something to say. It appends a line and waits for nobody; the run's record keeps the \
            last value of each metric and the whole log. Values may be nan and inf; those are in the log only. For work that 'tenon run --begin' has begun, \
            --run names it if there are several.
            """)

    @Option(help: ArgumentHelp("The step of the training that the values belong to.", valueName: "n"))
    var step: Int64?

    @Option(name: .customLong("run"), help: ArgumentHelp("Of several that have begun: its name or id.", valueName: "name"))
    var session: String?

    @Argument(help: ArgumentHelp("A metric and its value; several belong together.", valueName: "name=value"))
    var metrics: [LoggedMetricArgument]

    func run() throws {
        let environment = try ClientEnvironment.ofProcess()
        let log: MetricsLog
        if session == nil, let path = environment.variables[MetricsLog.variable], !path.isEmpty {
            guard path.hasPrefix("/") else {
                throw TenonError(.invalidArgument, "the metric is not logged", cause: "\(MetricsLog.variable) is no absolute path")
            }
            log = MetricsLog(path: path)
        } else {
            log = try RunSessions(environment: environment).metricsLog(of: session)
        }
        try log.append(metrics.map { ($0.name, $0.value) }, step: step, time: Clock.now())
    }
}
