import TenonCore
import TenonFormat

/// Turns the `dvc.yaml` of the top into stages of `tenon.yaml`. What it has written is read again and must mean the same.
enum DVCStages {
    struct Conversion {
        /// The new `tenon.yaml`; `nil`: there is nothing to convert.
        var text: [UInt8]?
        var names: [String] = []
        var notes: [String] = []
    }

    /// The pipeline of the `dvc.yaml` in a directory; `nil`: there is none.
    static func pipeline(_ tree: WorkTree, in directory: RelativePath?) throws -> Pipeline? {
        let own = try RelativePath(Settings.fileName)
        let file = try directory?.appending(Array(Pipeline.foreignName.utf8)) ?? RelativePath(Pipeline.foreignName)
        guard try tree.files.kind(of: file) == .file else { return nil }
        return try Pipeline.read(directory: directory) { path, limit in path == own ? nil : try tree.files.read(path, limit: limit) }
    }

    static func convert(_ tree: WorkTree, _ file: RelativePath) throws -> Conversion {
        guard let pipeline = try pipeline(tree, in: nil), !pipeline.stages.isEmpty else { return Conversion() }
        let own = try RelativePath(Settings.fileName)
        let settings = try tree.files.read(own, limit: SettingsParser.maximumLength)
        let head = settings ?? Array("version: 1\n".utf8)
        guard let foreign = try tree.files.read(file, limit: SettingsParser.maximumLength) else { return Conversion() }
        if let present = try Pipeline.read(tree), present.file == own {
            if isSame(present, pipeline) { return Conversion(names: [], notes: ["tenon.yaml has the stages of \(file) already"]) }
            throw TenonError(
                .conflict, "'\(file)' is not converted", cause: "tenon.yaml has stages already",
                hint: "write the others there by hand, or remove them and import again")
        }
        var conversion = Conversion(names: pipeline.stages.map(\.name), notes: pipeline.warnings)
        let candidates = [
            (joined(head, copied(foreign)), nil as String?),
            (joined(head, DVCStagesText(pipeline).bytes), "the stages are written anew: comments and variables of \(file) are not in tenon.yaml"),
        ]
        for (text, note) in candidates where text.count <= SettingsParser.maximumLength {
            let found = try? Pipeline.read { path, limit in path == own ? text : try tree.files.read(path, limit: limit) }
            guard let found, isSame(found, pipeline), (try? SettingsParser.parse(text)) != nil else { continue }
            conversion.text = text
            if let note { conversion.notes.append(note) }
            return conversion
        }
        throw TenonError(
            .unsupported, "'\(file)' is not converted", cause: "its stages can't be said in tenon.yaml so that they mean the same",
            hint: "nothing is lost: 'tenon repro' reads \(file) as it is while tenon.yaml has no stages")
    }

    private static func isSame(_ one: Pipeline, _ other: Pipeline) -> Bool {
        one.stages == other.stages && one.parameterFiles == other.parameterFiles && one.metricFiles == other.metricFiles && one.plots == other.plots
    }

    private static func joined(_ head: [UInt8], _ tail: [UInt8]) -> [UInt8] {
        head + (head.last == 0x0A ? [] : [0x0A]) + Array("\n# From dvc.yaml\n".utf8) + tail
    }

    /// The text of a `dvc.yaml` without the mark of a document and the section `artifacts`, which is about a registry of its own.
    private static func copied(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isLeftOut = false
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if line.elementsEqual("---".utf8) { continue }
            if let first = line.first, first > 0x20, first != UInt8(ascii: "#"), first != UInt8(ascii: "-") {
                isLeftOut = line.starts(with: "artifacts:".utf8)
            }
            if !isLeftOut { result += line + [0x0A] }
        }
        while result.suffix(2).elementsEqual([0x0A, 0x0A]) { result.removeLast() }
        return result
    }
}
