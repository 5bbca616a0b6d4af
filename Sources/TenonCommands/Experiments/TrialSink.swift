import Glibc
import TenonAPI
import TenonClient

/// Writes what becomes of a trial's stages into its log, between what their commands write there themselves.
final class TrialSink: StageSink {
    /// Takes the metrics of each stage, for whoever lists what runs.
    private let log: MetricsLog

    init(log: MetricsLog) { self.log = log }

    func streams(isAlone: Bool) -> StageProcess.Streams { .ownInGroup }

    func began(_ stage: PipelineStage, _ reasons: [StageReason]) { say("stage '\(displayName(stage.name.utf8))' runs\n") }

    func wrote(_ stage: PipelineStage, _ lines: [UInt8]) { OutputStream.write(lines, to: STDOUT_FILENO) }

    func ended(_ stage: PipelineStage, _ result: StageResult) {
        say("stage '\(displayName(stage.name.utf8))': \(result.outcome.rawValue)\n")
        // Only a list is poorer without.
        if !result.metrics.isEmpty { try? log.append(result.metrics.map { ($0, $1) }, step: nil, time: Clock.now()) }
        for problem in result.problems { say(ErrorText.text(problem, style: .plain)) }
    }

    private func say(_ text: String) { OutputStream.write(text.utf8, to: STDOUT_FILENO) }
}
