import TenonAPI
import TenonCore
import TenonGit

/// What the commit of an experiment says of its parameters and metrics, in a line of its message: for those whose files are not in its tree.
struct ExperimentValues {
    /// In the order of the line. `nil`: the commit is none of an experiment, or its line can't be read.
    let values: [FlatValue]

    init?(_ commit: CommitInfo, _ kind: ValueKind) {
        guard let line = commit.message.split(separator: "\n").last(where: { $0.hasPrefix(ExperimentDocument.trailer) }),
            line.utf8.count <= ValueLimits.values.length,
            let document = try? ValueJSON.parse(Array(line.dropFirst(ExperimentDocument.trailer.count).utf8), limits: .values),
            let members = document[kind == .parameters ? "parameters" : "metrics"]?.mapping
        else { return nil }
        values = members.filter { $0.key.utf8.count <= ValueLimits.keyLength && (kind == .parameters || $0.value.number != nil) }
            .map { FlatValue(key: $0.key, value: $0.value) }
    }
}
