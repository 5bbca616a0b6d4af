import TenonAPI
import TenonClient

/// Where a `StageRunner` tells what it does. All calls come from the thread that runs it.
protocol StageSink: AnyObject {
    /// Where streams of a command lead that runs alone, or beside others.
    func streams(isAlone: Bool) -> StageProcess.Streams
    /// A stage's command starts now.
    func began(_ stage: PipelineStage, _ reasons: [StageReason])
    /// A captured command has written this: whole lines, but for its last.
    func wrote(_ stage: PipelineStage, _ lines: [UInt8])
    func ended(_ stage: PipelineStage, _ result: StageResult)
}
