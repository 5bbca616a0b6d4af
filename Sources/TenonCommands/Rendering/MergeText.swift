import TenonAPI

/// What the merge driver says of a conflict, between the lines that Git prints.
enum MergeText {
    private static let shownLength = 5

    static func conflict(_ artifact: WirePath, _ conflict: ConflictSummary?) -> String {
        guard let conflict else {
            return "tenon: '\(artifact)' was changed on both sides; ours is kept\n"
                + "hint: 'tenon restore --ours \(artifact)' or '--theirs' takes one side\n"
        }
        var text = "tenon: '\(artifact)' conflicts in \(Quantity.count(conflict.count, "entry", plural: "entries")); ours is kept\n"
        for entry in conflict.entries.prefix(shownLength) { text += "        \(word(entry.kind)): \(entry.path)\n" }
        if conflict.count > shownLength { text += "        and \(Quantity.count(conflict.count - shownLength)) more: tenon status\n" }
        return text + "hint: 'tenon restore --ours PATH' or '--theirs PATH' settles a file, or all of '\(artifact)'\n"
    }

    static func word(_ kind: ConflictedEntry.Kind) -> String {
        switch kind {
        case .bothAdded: "both added"
        case .bothChanged: "both changed"
        case .removedByUs: "removed by us"
        case .removedByThem: "removed by them"
        case .fileAndDirectory: "file and directory"
        }
    }
}
