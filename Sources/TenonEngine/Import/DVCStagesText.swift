import TenonCore
import TenonFormat

/// Stages, as they may stand in `tenon.yaml`: every text in double quotes, as JSON and YAML both have it.
struct DVCStagesText {
    private var text = ""

    init(_ pipeline: Pipeline) {
        list("params", pipeline.parameterFiles.map { DVCStagesText.quoted($0.bytes) }, indent: "")
        list("metrics", pipeline.metricFiles.map { DVCStagesText.quoted($0.bytes) }, indent: "")
        text += "stages:\n"
        for stage in pipeline.stages { write(stage) }
    }

    var bytes: [UInt8] { Array(text.utf8) }

    private mutating func write(_ stage: Stage) {
        text += "  \(DVCStagesText.quoted(Array(stage.name.utf8))):\n"
        func path(_ path: RelativePath) -> String { DVCStagesText.quoted(DVCStagesText.relative(path, to: stage.directory)) }
        if let summary = stage.summary { text += "    desc: \(DVCStagesText.quoted(Array(summary.utf8)))\n" }
        if let directory = stage.directory { text += "    wdir: \(DVCStagesText.quoted(directory.bytes))\n" }
        list("cmd", stage.commands.map { DVCStagesText.quoted(Array($0.utf8)) }, indent: "    ")
        list("deps", stage.dependencies.map(path), indent: "    ")
        list(
            "params",
            stage.parameters.map { parameters in
                "\(path(parameters.file)): [\(parameters.keys.map { DVCStagesText.quoted(Array($0.utf8)) }.joined(separator: ", "))]"
            }, indent: "    ")
        for (key, role) in [("outs", StageOutput.Role.output), ("metrics", .metric), ("plots", .plot)] {
            list(
                key,
                stage.outputs.filter { $0.role == role }.map { output in
                    "\(path(output.path)): { cache: \(!output.isKeptInGit)\(output.isPersistent ? ", persist: true" : "") }"
                }, indent: "    ")
        }
        if stage.isFrozen { text += "    frozen: true\n" }
        if stage.isAlways { text += "    always: true\n" }
    }

    private mutating func list(_ key: String, _ items: [String], indent: String) {
        guard !items.isEmpty else { return }
        text += "\(indent)\(key):\n" + items.map { "\(indent)  - \($0)\n" }.joined()
    }

    /// `${` stands for itself only behind a backslash.
    private static func quoted(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self).replacing("${", with: "\\${")
        return String(decoding: CanonicalJSON.encode(.string(text)), as: UTF8.self)
    }

    private static func relative(_ path: RelativePath, to directory: RelativePath?) -> [UInt8] {
        guard let directory else { return path.bytes }
        let (here, there) = (directory.components, path.components)
        let common = zip(here, there).prefix { $0.elementsEqual($1) }.count
        let up = Array(repeating: Array("..".utf8)[...], count: here.count - common)
        return Array((up + there[common...]).joined(separator: [UInt8(ascii: "/")]))
    }
}
