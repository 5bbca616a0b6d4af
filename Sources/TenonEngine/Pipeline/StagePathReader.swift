import TenonCore
import Yams

/// Reads the lists of a stage that name files.
struct StagePathReader {
    /// What paths are relative to; `nil`: the top.
    let base: RelativePath?
    let dialect: PipelineParser.Dialect

    func path(_ item: SettingsNode) throws(TenonError) -> RelativePath { try path(try item.text(expected: "a path"), item) }

    func path(_ text: String, _ node: SettingsNode) throws(TenonError) -> RelativePath {
        guard let path = try PipelinePath.resolve(text, from: base, at: node) else {
            throw node.refusal(
                "'\(node.key)' is the top of the work tree", "a stage reads and makes what lies below it", hint: "name files and directories")
        }
        return path
    }

    /// A list of paths, or of paths with what is said of them: `- model.pkl: { cache: false }`.
    func outputs(_ node: SettingsNode, _ role: StageOutput.Role) throws(TenonError) -> [StageOutput] {
        var result: [StageOutput] = []
        for item in try entries(node) {
            var output = StageOutput(path: try path(item.path, item.node), role: role)
            // Metrics are small, and wanted where the code is reviewed.
            output.isKeptInGit = dialect == .own && role == .metric
            for (key, value) in try item.node.entries(expected: "a mapping such as { cache: false }") {
                switch key {
                case "cache": output.isKeptInGit = try !value.flag()
                case "persist": output.isPersistent = try value.flag()
                case "desc", "type", "labels", "meta": break
                case _ where role == .plot && PlotParser.keys.contains(key): break
                default:
                    throw value.refusal("'\(value.key)' can't be used", "Tenon has no such feature of outputs")
                }
            }
            result.append(output)
        }
        return result
    }

    /// The entries of a list of texts and of mappings from a text to something; `node` is empty for a plain text.
    func entries(_ list: SettingsNode) throws(TenonError) -> [(path: String, node: SettingsNode)] {
        var result: [(path: String, node: SettingsNode)] = []
        for item in try list.items(expected: "a list of paths") {
            if item.node.mapping == nil {
                let empty = SettingsNode(node: Node("", Tag(.null), .plain), key: item.key, line: item.line, file: item.file)
                result.append((try item.text(expected: "a path"), empty))
            } else {
                for (name, value) in try item.entries() { result.append((name, value)) }
            }
        }
        return result
    }

    /// `KEY` of the file where parameters are by default, `FILE:KEY`, `FILE:`, or `FILE: [KEY, …]`.
    func parameters(_ node: SettingsNode) throws(TenonError) -> [StageParameters] {
        var result: [StageParameters] = []
        func add(_ file: RelativePath, _ keys: [String]) {
            guard let place = result.firstIndex(where: { $0.file == file }) else { return result.append(StageParameters(file: file, keys: keys)) }
            // All of a file is more than some of it.
            if result[place].keys.isEmpty || keys.isEmpty { return result[place].keys = [] }
            result[place].keys += keys.filter { !result[place].keys.contains($0) }
        }
        for item in try node.items(expected: "a list of parameters") {
            if item.node.mapping != nil {
                for (name, value) in try item.entries() {
                    // DVC writes a key of the default file with nothing after it where others would write it alone.
                    var keys: [String] = []
                    for key in try value.texts(expected: "a list of keys") { keys.append(key.text) }
                    add(try path(name, value), keys)
                }
                continue
            }
            let text = try item.text(expected: "a parameter")
            if let colon = text.firstIndex(of: ":") {
                let key = String(text[text.index(after: colon)...])
                add(try path(String(text[..<colon]), item), key.isEmpty ? [] : [key])
            } else {
                add(try path(Pipeline.parameterFileName, item), [text])
            }
        }
        return result
    }
}
