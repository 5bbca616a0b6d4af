import Glibc
import TenonAPI
import TenonClient

/// Tells a person at a terminal what becomes of each stage.
final class ConsoleSink: StageSink {
    private let console: Console
    private let presentation: Presentation
    private let width: Int

    init(console: Console, presentation: Presentation, stages: [PipelineStage]) {
        self.console = console
        self.presentation = presentation
        width = min(30, stages.map(\.name.count).max() ?? 0)
    }

    func streams(isAlone: Bool) -> StageProcess.Streams {
        console.flush()
        if isAlone { return console.isJSON ? .errorOnly : .own }
        return .captured
    }

    func began(_ stage: PipelineStage, _ reasons: [StageReason]) {
        say(PipelineText.began(stage, reasons, width: width, presentation))
    }

    func wrote(_ stage: PipelineStage, _ lines: [UInt8]) {
        let prefix = Array("\(PipelineText.padded(displayName(stage.name.utf8), width)) | ".utf8)
        var text: [UInt8] = []
        for line in lines.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast(lines.last == 0x0A ? 1 : 0) {
            text += prefix + line + [0x0A]
        }
        console.flush()
        OutputStream.write(text, to: console.isJSON ? STDERR_FILENO : STDOUT_FILENO)
    }

    func ended(_ stage: PipelineStage, _ result: StageResult) {
        say(PipelineText.ended(result, width: width, presentation))
        for problem in result.problems {
            OutputStream.write(ErrorText.text(problem, style: Console.style(console.settings.color, for: STDERR_FILENO)).utf8, to: STDERR_FILENO)
        }
    }

    private func say(_ text: String) {
        console.text(text)
        console.flush()
    }
}
