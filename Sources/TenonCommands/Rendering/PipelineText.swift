import TenonAPI

/// Pipelines as people read them.
enum PipelineText {
    static func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }

    private static func name(_ stage: String, _ width: Int, _ presentation: Presentation) -> String {
        let text = displayName(stage.utf8)
        return presentation.style.yellow(text) + String(repeating: " ", count: max(0, width - text.count))
    }

    // MARK: What would become of stages

    static func plan(_ reply: PipelineRequest.Reply, _ presentation: Presentation) -> String {
        let width = min(30, reply.stages.map(\.name.count).max() ?? 0)
        return reply.stages.map { stage in
            let words =
                switch stage.verdict {
                case .fresh: "up to date"
                case .frozen: "frozen" + suffix(stage.reasons, presentation)
                case .restore: "would be restored from an earlier run" + suffix(stage.reasons, presentation)
                case .run: "would run" + suffix(stage.reasons, presentation)
                case .wait: "depends on what comes of " + list(stage.reasons.compactMap { $0.subject.map { "'\($0)'" } })
                case nil: ""
                }
            return "\(name(stage.name, width, presentation))  \(words)\n"
        }.joined()
    }

    private static func suffix(_ reasons: [StageReason], _ presentation: Presentation) -> String {
        reasons.isEmpty ? "" : ": " + self.reasons(reasons, presentation)
    }

    /// Why, in one line.
    static func reasons(_ reasons: [StageReason], _ presentation: Presentation) -> String {
        let limit = presentation.isVerbose ? Int.max : 4
        var words = reasons.prefix(limit).map { reason($0, presentation) }
        if reasons.count > limit { words.append("and \(Quantity.count(reasons.count - limit)) more") }
        return words.joined(separator: "; ")
    }

    private static func reason(_ reason: StageReason, _ presentation: Presentation) -> String {
        func path() -> String { "'\(reason.subject.map(presentation.name) ?? "")'" }
        let subject = reason.subject.map { displayName($0.bytes) } ?? ""
        switch reason.kind {
        case .forced: return "forced"
        case .always: return "it always runs"
        case .new: return "it has not run yet"
        case .failed: return "its last run ended \(displayName((reason.after ?? "badly").utf8))"
        case .command: return "its command changed"
        case .directory: return "it runs in another directory"
        case .inputChanged: return "\(path()) changed"
        case .inputAdded: return "\(path()) is new among its inputs"
        case .inputRemoved: return "\(path()) is no input any more"
        case .inputMissing: return "\(path()) is not there"
        case .parameter:
            let before = reason.before.map { displayName($0.utf8.prefix(60)) }
            let after = reason.after.map { displayName($0.utf8.prefix(60)) }
            switch (before, after) {
            case (let before?, let after?): return "\(subject) \(before) → \(after)"
            case (nil, let after?): return "\(subject) = \(after) is new"
            default: return "\(subject) is no parameter any more"
            }
        case .outputMissing: return "\(path()) is missing"
        case .outputChanged: return "\(path()) is not what it made"
        case .outputs: return "its outputs are others"
        case .upstream: return "'\(subject)' runs"
        }
    }

    private static func list(_ words: [String]) -> String {
        words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + (words.last ?? "")
    }

    // MARK: What becomes of them

    static func began(_ stage: PipelineStage, _ reasons: [StageReason], width: Int, _ presentation: Presentation) -> String {
        "\(name(stage.name, width, presentation))  runs\(suffix(reasons, presentation))\n"
    }

    static func ended(_ result: StageResult, width: Int, _ presentation: Presentation) -> String {
        let run = result.run.map { ", run \(presentation.identifier($0))" } ?? ""
        let words =
            switch result.outcome {
            case .fresh: "up to date"
            case .frozen: "frozen" + suffix(result.reasons, presentation)
            case .restored: "restored" + (result.run.map { " from run \(presentation.identifier($0))" } ?? "") + suffix(result.reasons, presentation)
            case .ran: "done in \(time(result.milliseconds ?? 0))\(run)"
            case .failed: presentation.style.red("failed") + failure(result) + run
            case .skipped: result.because.map { "skipped: '\(displayName($0.utf8))' failed" } ?? "not begun: interrupted"
            }
        return "\(name(result.stage, width, presentation))  \(words)\n"
    }

    private static func failure(_ result: StageResult) -> String {
        if let signal = result.signal { return ": ended by signal \(signal)" }
        if let status = result.status, status != 0 { return ": exit status \(status)" }
        return ""
    }

    private static func time(_ milliseconds: UInt64) -> String {
        milliseconds < 60_000 ? "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" : Quantity.duration(Double(milliseconds) / 1000)
    }

    /// All in one line, where there is more than one stage.
    static func summary(_ results: [StageResult]) -> String {
        guard results.count > 1 else { return "" }
        let kinds: [(StageResult.Outcome, String)] = [
            (.ran, "ran"), (.restored, "restored"), (.fresh, "up to date"), (.frozen, "frozen"), (.failed, "failed"), (.skipped, "not run"),
        ]
        let parts = kinds.compactMap { kind, words in
            let count = results.count { $0.outcome == kind }
            return count == 0 ? nil : "\(Quantity.count(count)) \(words)"
        }
        return "\(Quantity.count(results.count)) stages: \(parts.joined(separator: ", "))\n"
    }
}
