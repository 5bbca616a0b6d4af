import TenonAPI

/// What is recorded of some content.
enum RecordsText {
    static func render(_ reply: RecordsRequest.Reply, _ presentation: Presentation) -> String {
        var text = "\(presentation.name(reply.subject.path, reply.subject.pointer.kind))  \(presentation.identifier(reply.subject.pointer.oid))\n"
        if reply.records.isEmpty { return text + "Nothing is recorded of it\n" }
        for record in reply.records {
            text += "\(presentation.style.yellow(presentation.identifier(record.record)))  \(record.kind.rawValue)"
            if record.time > 0 { text += "  \(Timestamp.local(Int64(clamping: record.time / 1000)))" }
            if let user = record.user, let host = record.host { text += "  \(displayName(user.utf8)) on \(displayName(host.utf8))" }
            text += "\n"
            if let signed = record.signed, let key = record.key {
                text += "    of       \(presentation.identifier(signed))\n    by key   \(displayName(key.utf8))\n"
            }
            if let run = record.run { text += "    command  \(RunText.command(run))\n" }
            for (name, value) in record.metrics.sorted(by: { $0.key < $1.key }) { text += "    \(displayName(name.utf8)) = \(value)\n" }
            if let dataset = record.dataset {
                text += "    on       \(presentation.name(dataset.path))  \(presentation.identifier(dataset.pointer.oid))\n"
            }
            if let report = record.report {
                text += "    report   \(presentation.name(report.path))  \(presentation.identifier(report.pointer.oid))\n"
            }
        }
        return text
    }
}
