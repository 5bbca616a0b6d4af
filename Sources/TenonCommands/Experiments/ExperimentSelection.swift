import TenonAPI

/// Finds experiments by what a person calls them: a name, a group, or the id of one that has no result yet.
struct ExperimentSelection {
    private let rows: [ExperimentSummary]

    init(_ rows: [ExperimentSummary]) {
        self.rows = rows
    }

    /// All if no name is given. Throws `notFound` for one that nothing has.
    func select(_ names: [String]) throws(TenonError) -> [ExperimentSummary] {
        if names.isEmpty { return rows }
        var result: [ExperimentSummary] = []
        for name in names {
            let found = rows.filter { $0.name == name || $0.group == name || $0.id == name }
            guard !found.isEmpty else { throw ExperimentSelection.missing(name, rows.map(\.name)) }
            for row in found where !result.contains(where: { $0.name == row.name }) { result.append(row) }
        }
        return result
    }

    static func missing(_ name: String, _ names: [String]) -> TenonError {
        let near = EditDistance.suggestions(for: name, among: names).map { "'\(displayName($0.utf8))'" }
        return TenonError(
            .notFound, "there is no experiment '\(displayName(name.utf8))'",
            hint: near.isEmpty ? "tenon exp list" : "did you mean \(near.joined(separator: " or "))?")
    }
}
