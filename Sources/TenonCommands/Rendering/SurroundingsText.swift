import TenonAPI

/// What `init` found that may be data.
enum SurroundingsText {
    static func render(_ found: Surroundings, _ presentation: Presentation) -> String {
        var text = ""
        if !found.ignored.isEmpty {
            text += "Large, and ignored by Git; \"tenon add PATH\" tracks it:\n"
            var columns = Columns(.left, .right, .left)
            for item in found.ignored {
                columns.add(
                    Columns.Cell("  " + presentation.name(item.path) + (item.files == nil ? "" : "/")), Columns.Cell(Quantity.bytes(item.size)),
                    Columns.Cell(item.files.map { Quantity.count($0, "file") } ?? ""))
            }
            text += columns.text
        }
        if let first = found.lfsPatterns.first, found.lfsFiles > 0 {
            let more = found.lfsPatterns.count > 1 ? " and \(Quantity.count(found.lfsPatterns.count - 1)) more" : ""
            text += "Git LFS has \(Quantity.count(found.lfsFiles, "file")), \(Quantity.bytes(found.lfsBytes)), by '\(first.pattern)' in "
            text += "\(presentation.name(first.file)):\(first.line)\(more); \"tenon add --adopt PATH\" takes them over\n"
        }
        if found.dvcFiles > 0 {
            let names = found.dvc.map { presentation.name($0) }.joined(separator: ", ")
            let more = found.dvcFiles > UInt64(found.dvc.count) ? ", …" : ""
            text += "DVC tracks \(Quantity.bytes(found.dvcBytes)) by \(Quantity.count(found.dvcFiles, "file")) (\(names)\(more)); "
            text += "\"tenon import dvc\" takes that over, with the pipeline\n"
        } else if let stages = found.dvcStages {
            text += "dvc.yaml has \(Quantity.count(stages, "stage")); \"tenon repro\" reads it as it is, \"tenon import dvc\" takes it over\n"
        }
        if !found.isComplete { text += "There was no time to look at everything: there may be more.\n" }
        return text
    }
}
