import TenonAPI

/// What `tenon exp` says.
enum ExperimentText {
    /// A value in a table; long ones are cut.
    static func cell(_ text: String?) -> String {
        guard let text else { return "-" }
        let shown = displayName(text.utf8.prefix(400))
        return shown.count > 40 ? shown.prefix(39) + "…" : shown
    }

    /// With the digits that a person compares by.
    static func number(_ value: Double) -> String {
        if value == value.rounded(), value.magnitude < 1e15 { return String(Int64(value)) }
        guard value.magnitude >= 1e-3, value.magnitude < 1e9 else { return "\(value)" }
        // Six digits, without zeros at the end.
        var scale = 1.0
        var digits = 0
        while digits < 6, (value.magnitude * scale) < 100_000 {
            scale *= 10
            digits += 1
        }
        return "\((value * scale).rounded() / scale)"
    }

    static func status(_ status: ExperimentStatus, _ presentation: Presentation) -> Columns.Cell {
        Columns.Cell(status.rawValue).painted { text in
            switch status {
            case .done: presentation.style.green(text)
            case .running, .queued: presentation.style.yellow(text)
            case .failed, .interrupted, .stopped: presentation.style.red(text)
            }
        }
    }

    static func list(_ rows: [ExperimentSummary], _ presentation: Presentation) -> String {
        if rows.isEmpty { return "There are no experiments; 'tenon exp run' makes some\n" }
        var columns = Columns(.left, .left, .left, .left, .left)
        for row in rows {
            let time = (row.finished ?? row.started ?? row.created).map { String(Timestamp.local(Int64($0 / 1000)).dropLast(3)) } ?? ""
            columns.add(
                Columns.Cell(displayName(row.name.utf8)).painted(presentation.style.bold), status(row.status, presentation),
                Columns.Cell(time).painted(presentation.style.dim), Columns.Cell(settings(row)),
                Columns.Cell(row.metrics.isEmpty ? row.reason.map { cut($0, 80) } ?? "" : metrics(row.metrics)))
        }
        return columns.text
    }

    private static func cut(_ text: String, _ length: Int) -> String {
        let shown = displayName(text.utf8.prefix(1000))
        return shown.count > length ? shown.prefix(length - 1) + "…" : shown
    }

    static func settings(_ row: ExperimentSummary) -> String {
        cut(row.overrides.map { "\($0.key)=\($0.value)" }.joined(separator: " "), 60)
    }

    static func metrics(_ metrics: [String: Double]) -> String {
        cut(metrics.sorted { $0.key < $1.key }.map { "\($0.key)=\(number($0.value))" }.joined(separator: " "), 80)
    }

    static func details(_ row: ExperimentSummary, _ presentation: Presentation) -> String {
        var lines = ["experiment  \(presentation.style.bold(displayName(row.name.utf8)))"]
        func add(_ word: String, _ text: String?) {
            if let text { lines.append(word + String(repeating: " ", count: max(1, 12 - word.count)) + displayName(text.utf8.prefix(2000))) }
        }
        add("status", row.status.rawValue)
        add("because", row.reason)
        add("commit", row.commit.map(presentation.identifier))
        add("from", row.parent.map(presentation.identifier))
        add("group", row.group)
        add("started", row.started.map { Timestamp.local(Int64($0 / 1000)) })
        if let started = row.started, let finished = row.finished, finished >= started {
            add("took", Quantity.duration(Double(finished - started) / 1000))
        }
        add("command", row.command?.joined(separator: " "))
        add("stages", row.stages.map { $0.isEmpty ? "all" : $0.joined(separator: " ") })
        for override in row.overrides { add("set", "\(override.file):\(override.key) = \(override.value)") }
        for (name, value) in row.parameters.sorted(by: { $0.key < $1.key }) { add("parameter", "\(name) = \(value)") }
        for (name, value) in row.metrics.sorted(by: { $0.key < $1.key }) { add("metric", "\(name) = \(number(value))") }
        for (path, oid) in row.inputs.sorted(by: { $0.key < $1.key }) { add("input", "\(path)  \(presentation.identifier(oid))") }
        for (path, oid) in row.outputs.sorted(by: { $0.key < $1.key }) { add("output", "\(path)  \(presentation.identifier(oid))") }
        for run in row.runs { add("run", presentation.identifier(run)) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What trials will need.
    static func plan(_ inputs: [TrialInput], count: Int, _ presentation: Presentation) -> String {
        var text = "\(Quantity.count(count, "trial")), each in a work tree of its own\n"
        var columns = Columns(.left, .left, .right, .right, indent: "  ")
        var shared: UInt64 = 0
        var own: UInt64 = 0
        for input in inputs {
            let ownBytes = input.method == .copy ? input.pointer.size : 0
            own += ownBytes
            shared += input.bytesToWrite - min(input.bytesToWrite, ownBytes)
            columns.add(
                Columns.Cell(presentation.name(input.path, input.pointer.kind)), Columns.Cell(input.method.rawValue),
                Columns.Cell(Quantity.bytes(input.pointer.size)),
                Columns.Cell(input.bytesToWrite == 0 ? "nothing to write" : "\(Quantity.bytes(input.bytesToWrite)) to write"))
        }
        text += columns.text
        text += "To be written: \(Quantity.bytes(shared)) once, \(Quantity.bytes(own)) for each trial\n"
        return text
    }
}
