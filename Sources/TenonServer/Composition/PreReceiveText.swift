import Glibc
import TenonAPI
import TenonCore
import TenonEngine

/// What whoever pushes reads; Git puts `remote:` before each line.
enum PreReceiveText {
    static func text(_ error: TenonError) -> String {
        "tenon: \(error)\n" + (error.hint.map { "hint: \($0)\n" } ?? "")
    }

    static func text(_ verdict: ReceivedVerdict) -> String {
        var text = verdict.notes.map { "tenon: \($0)\n" }.joined()
        for found in verdict.findings.prefix(ReceivedPush.maximumShown) { text += line(found) }
        guard !verdict.findings.isEmpty else { return text }
        let count = verdict.findings.count
        if count > ReceivedPush.maximumShown { text += "tenon: and \(count - ReceivedPush.maximumShown) more\n" }
        let origins = Set(verdict.findings.map(\.origin)).subtracting([""]).sorted()
        let rules = origins.isEmpty ? "" : " (rules: \(origins.joined(separator: "; ")))"
        return text + "tenon: the push is refused: \(count == 1 ? "a rule is" : "\(count) rules are") broken\(rules)\n"
    }

    private static func line(_ found: ReceivedFinding) -> String {
        let reference = found.reference.isEmpty ? "" : "\(displayName(found.reference.utf8)): "
        let finding = found.finding
        return "tenon: \(reference)commit \(finding.commit.prefix(12)) breaks policy.\(finding.rule.rawValue) at '\(finding.path)': "
            + "\(displayName(finding.cause.utf8))\nhint: \(displayName(finding.remedy.utf8))\n"
    }

    static func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Whoever pushed is gone: the exit status says it all the same.
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}
