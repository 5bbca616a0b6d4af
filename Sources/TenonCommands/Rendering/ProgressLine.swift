import TenonAPI

/// The one line that tells how far long work has come.
enum ProgressLine {
    /// - Parameters:
    ///   - seconds: since this phase began.
    ///   - width: columns of the terminal; the line stays below that.
    static func text(_ progress: Progress, seconds: Double, width: Int) -> String {
        let head = label(progress.phase)
        // What does not fit goes: first the bar, then the number of files.
        let fitting = [(true, true), (false, true), (false, false)].map { self.tail(progress, seconds: seconds, withBar: $0, withFiles: $1) }
        let tail = fitting.first { head.count + 2 + $0.count < width } ?? fitting.last ?? ""
        // The subject takes what room is left, its end first: that is where names differ.
        let room = width - 1 - head.count - tail.count - 3
        if let subject = progress.subject.map({ displayName(Array($0.utf8)) }), room >= 12 {
            let shown = subject.count <= room ? subject : "…" + subject.suffix(room - 1)
            return tail.isEmpty ? "\(head) \(shown)" : "\(head) \(shown)  \(tail)"
        }
        return String((tail.isEmpty ? head : "\(head)  \(tail)").prefix(max(0, width - 1)))
    }

    private static func tail(_ progress: Progress, seconds: Double, withBar: Bool, withFiles: Bool) -> String {
        var parts: [String] = []
        if let total = progress.totalBytes, total > 0 {
            let fraction = min(1, Double(progress.bytes) / Double(total))
            parts.append("\(withBar ? bar(fraction) + " " : "")\(leftPadded(String(Int(fraction * 100)), 3))%")
            parts.append("\(Quantity.bytes(progress.bytes)) of \(Quantity.bytes(total))")
        } else if progress.bytes > 0 {
            parts.append(Quantity.bytes(progress.bytes))
        }
        if withFiles, let total = progress.totalFiles, total > 1 {
            parts.append("\(Quantity.count(progress.files)) of \(Quantity.count(total, "file"))")
        } else if withFiles, progress.files > 0 {
            parts.append(Quantity.count(progress.files, "file"))
        }
        if seconds > 0, progress.bytes > 0 {
            let rate = Double(progress.bytes) / seconds
            parts.append("\(Quantity.bytes(UInt64(rate)))/s")
            if let total = progress.totalBytes, total > progress.bytes, rate > 0 {
                parts.append("\(Quantity.duration(Double(total - progress.bytes) / rate)) left")
            }
        }
        return parts.joined(separator: "  ")
    }

    static func label(_ phase: Progress.Phase) -> String {
        switch phase {
        case .scanning: "Scanning"
        case .storing: "Storing"
        case .writing: "Writing"
        case .verifying: "Verifying"
        case .reading: "Reading"
        case .rebuilding: "Rebuilding"
        case .sending: "Sending"
        case .receiving: "Receiving"
        }
    }

    private static func bar(_ fraction: Double) -> String {
        let cells = 16
        let full = Int(fraction * Double(cells))
        return "[" + String(repeating: "#", count: full) + String(repeating: "·", count: cells - full) + "]"
    }

    private static func leftPadded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
