import TenonAPI
import TenonClient

/// The registry of models, for people.
enum ModelText {
    static func registered(_ report: ModelRegister.Report, _ presentation: Presentation) -> String {
        let version = report.version
        return "\(report.isNew ? "registered" : "registered already:") \(version.model) v\(version.version)  \(content(version, presentation))\n"
    }

    static func promoted(_ report: ModelPromote.Report, _ presentation: Presentation) -> String {
        let version = report.version
        guard report.isNew else { return "\(report.promotion.stage) has \(version.model) v\(version.version) already\n" }
        let before = replaced(report.previous, by: version.version)
        return "promoted \(version.model) v\(version.version) to \(report.promotion.stage)\(before)  \(content(version, presentation))\n"
    }

    static func list(_ report: ModelList.Report, _ presentation: Presentation) -> String {
        if report.models.isEmpty { return "No models are registered here\n" }
        var columns = Columns(.left, .left, .left, .left)
        for model in report.models {
            let stages = model.stages.sorted { $0.key < $1.key }
            guard let versions = model.versions else {
                columns.add(
                    .init(model.model), .init(model.latest.map { "v\($0.version)" } ?? "-"),
                    .init(stages.map { "\($0.key) v\($0.value.version)" }.joined(separator: ", ")),
                    .init(model.latest.map { presentation.name($0.path, $0.kind) } ?? ""))
                continue
            }
            for version in versions.reversed() {
                columns.add(
                    .init("v\(version.version)"), .init(stages.filter { $0.value.version == version.version }.map(\.key).joined(separator: ", ")),
                    .init(presentation.identifier(version.oid)),
                    .init("\(presentation.name(version.path, version.kind)) at \(version.commit.prefix(12))"))
            }
        }
        return columns.text
    }

    static func show(_ report: ModelShow.Report, _ presentation: Presentation) -> String {
        let version = report.version
        let stages = report.stages.isEmpty ? "" : "  (\(report.stages.joined(separator: ", ")))"
        var columns = Columns(.left, .left, indent: "    ")
        columns.add("path", .init(presentation.name(version.path, version.kind)))
        columns.add("commit", .init(version.commit + (report.bound == nil ? "  (not here: git fetch)" : "")))
        columns.add("oid", .init(version.oid))
        columns.add("size", .init(Quantity.bytes(version.size)))
        if let run = version.run { columns.add("run", .init(run)) }
        columns.add("tag", .init(version.tag))
        columns.add("registered", .init(origin(version.origin)))
        if let promotion = report.promotion { columns.add("promoted", .init("\(origin(promotion.origin)), by \(promotion.tag)")) }
        for (tag, verification) in (report.verified ?? [:]).sorted(by: { $0.key < $1.key }) {
            columns.add(.init(verification.isGood ? "verified" : "NOT GOOD"), .init("\(tag): \(verification.detail)"))
        }
        return "\(presentation.style.yellow("\(version.model) v\(version.version)"))\(stages)\n\(columns.text)"
    }

    static func history(_ report: ModelHistory.Report, _ presentation: Presentation) -> String {
        var columns = Columns(.left, .left, .left, .left)
        for event in report.events {
            if let version = event.registered {
                columns.add(
                    .init(Timestamp.local(version.origin.time)), .init("v\(version.version)"), "registered", .init(maker(version.origin)))
            } else if let promotion = event.promoted {
                let before = replaced(event.previous, by: promotion.version)
                let now = event.isCurrent == true ? " (now)" : ""
                columns.add(
                    .init(Timestamp.local(promotion.origin.time)), .init("v\(promotion.version)"), .init("to \(promotion.stage)\(before)\(now)"),
                    .init(maker(promotion.origin)))
            }
        }
        return columns.text
    }

    private static func replaced(_ previous: Int?, by version: Int) -> String {
        previous.map { $0 == version ? " again" : ", in place of v\($0)" } ?? ""
    }

    private static func content(_ version: ModelVersion, _ presentation: Presentation) -> String {
        "\(presentation.name(version.path, version.kind))  \(presentation.identifier(version.oid))  commit \(version.commit.prefix(12))"
    }

    private static func origin(_ origin: TagOrigin) -> String { "\(Timestamp.local(origin.time)) by \(maker(origin))" }

    private static func maker(_ origin: TagOrigin) -> String {
        "\(origin.name) <\(origin.email)>\(origin.signature.map { ", signed (\($0.rawValue))" } ?? "")"
    }
}
