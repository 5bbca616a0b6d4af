import TenonCore
import TenonFormat
import TenonGit

/// The stages of `tenon.yaml`, or where it has none those of a `dvc.yaml`, and the files of values that are declared in it.
struct Pipeline: Equatable, Sendable {
    /// The file that it was read from.
    var file: RelativePath
    /// In the order of the file.
    var stages: [Stage] = []
    /// Files of parameters, metrics and plots that are declared beside the stages.
    var parameterFiles: [RelativePath] = []
    var metricFiles: [RelativePath] = []
    var plots: [PlotDefinition] = []
    /// What has no effect: each a line for people.
    var warnings: [String] = []

    /// The name of the file of a DVC project that is read as it is.
    static let foreignName = "dvc.yaml"
    /// Where parameters are read from that are named without a file.
    static let parameterFileName = "params.yaml"

    /// Every file that parameters are read from, each once.
    var allParameterFiles: [RelativePath] { Pipeline.distinct(parameterFiles + stages.flatMap { $0.parameters.map(\.file) }) }
    /// Every file that metrics are read from, each once.
    var allMetricFiles: [RelativePath] { Pipeline.distinct(metricFiles + stages.flatMap(\.metrics)) }
    /// Every plot, those that stages declare first.
    var allPlots: [PlotDefinition] { stages.flatMap(\.plots) + plots }

    /// The stages that `name` means: one, or all that were made from the one in the file. Throws `notFound` that suggests names.
    func stages(named name: String) throws(TenonError) -> [Stage] {
        let found = stages.filter { $0.name == name }
        if !found.isEmpty { return found }
        let group = stages.filter { $0.group == name }
        if !group.isEmpty { return group }
        let nearest = SettingsError.suggestion(for: name, among: stages.map(\.name))
        throw TenonError(
            .notFound, "there is no stage \(SettingsError.shown(name)) in '\(file)'",
            hint: nearest ?? (stages.isEmpty ? nil : "there are: " + stages.prefix(10).map(\.name).joined(separator: ", ")))
    }

    private static func distinct(_ paths: [RelativePath]) -> [RelativePath] {
        var seen: Set<RelativePath> = []
        return paths.filter { seen.insert($0).inserted }
    }

    // MARK: Reading

    /// Reads the pipeline of files that `read` hands out; `nil`: there is none.
    ///
    /// - Parameters:
    ///   - directory: where a `dvc.yaml` is looked for before the top; `nil`: only at the top.
    ///   - read: the bytes of a file, at most so many, or `nil` where there is none; throws for more.
    static func read(directory: RelativePath? = nil, file read: @escaping (RelativePath, Int) throws -> [UInt8]?) throws -> Pipeline? {
        let own = try RelativePath(Settings.fileName)
        var declared: Pipeline?
        if let bytes = try read(own, SettingsParser.maximumLength), let root = try SettingsText.compose(bytes) {
            let node = SettingsNode(node: root, key: "", line: root.mark?.line)
            let names = Set(try node.entries(expected: "a mapping such as 'version: 1'").filter { !$0.value.isEmpty }.map(\.name))
            if !names.isDisjoint(with: ["stages", "params", "metrics", "plots"]) {
                declared = try PipelineParser(file: own, base: nil, dialect: .own, read: read).parse(node)
                if names.contains("stages") { return declared }
            }
        }
        for base in directory == nil ? [nil] : [directory, nil] {
            let file = try base?.appending(Array(foreignName.utf8)) ?? RelativePath(foreignName)
            guard let bytes = try read(file, SettingsParser.maximumLength) else { continue }
            guard let root = try SettingsText.compose(bytes, file: "\(file)") else { continue }
            let node = SettingsNode(node: root, key: "", line: root.mark?.line, file: "\(file)")
            return try PipelineParser(file: file, base: base, dialect: .dvc, read: read).parse(node)
        }
        // Without stages, of which a dvc.yaml may have some, it names files of values.
        return declared
    }

    /// The pipeline as the work tree has it now.
    static func read(_ tree: WorkTree, directory: RelativePath? = nil) throws -> Pipeline? {
        try read(directory: directory) { path, limit in try tree.files.read(path, limit: limit) }
    }

    /// The pipeline as a commit has it.
    static func read(_ tree: WorkTree, at commit: GitObjectID, directory: RelativePath? = nil) throws -> Pipeline? {
        let root = try tree.commit(commit).tree
        return try read(directory: directory) { path, limit in
            guard let entry = try tree.repository.entry(at: path.bytes, inTree: root), entry.mode.isFile else { return nil }
            return try tree.repository.blob(entry.id, limit: limit)
        }
    }

    /// The same, or `notFound` that says how stages are written.
    static func required(_ pipeline: Pipeline?) throws(TenonError) -> Pipeline {
        if let pipeline, !pipeline.stages.isEmpty { return pipeline }
        throw TenonError(
            .notFound, "there is no pipeline",
            cause: pipeline.map { "'\($0.file)' has no 'stages'" } ?? "tenon.yaml has no 'stages', and there is no \(foreignName)",
            hint: "describe what is run in tenon.yaml: stages: { train: { cmd: …, deps: […], outs: […] } }")
    }
}
