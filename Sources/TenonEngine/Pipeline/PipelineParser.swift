import TenonCore
import Yams

/// Reads the stages of `tenon.yaml` or `dvc.yaml`, in which paths are relative to the file's directory. Both say the same by almost the same keys.
///
/// What this version does not know about a stage is refused: to run a pipeline that says more than is understood would make something else of it.
struct PipelineParser {
    enum Dialect {
        case own, dvc
    }

    private var pipeline: Pipeline
    private let base: RelativePath?
    private let dialect: Dialect
    private let read: (RelativePath, Int) throws -> [UInt8]?
    private var interpolation = Interpolation()
    private var stageCount = 0
    private var pathCount = 0

    /// How many stages there may be, and how many files `vars` may name.
    private static let stageLimit = 1000
    private static let fileLimit = 100
    /// How many paths all stages may have together.
    private static let pathLimit = 50_000

    /// - Parameters:
    ///   - base: the file's directory; `nil`: the top.
    ///   - read: the bytes of a file of values.
    init(file: RelativePath, base: RelativePath?, dialect: Dialect, read: @escaping (RelativePath, Int) throws -> [UInt8]?) {
        pipeline = Pipeline(file: file)
        self.base = base
        self.dialect = dialect
        self.read = read
    }

    /// Throws an error that names file, line and key.
    func parse(_ top: SettingsNode) throws -> Pipeline {
        var parser = self
        try parser.readTop(top)
        return parser.pipeline
    }

    private mutating func readTop(_ top: SettingsNode) throws {
        let entries = try top.entries()
        let plain = StagePathReader(base: base, dialect: dialect)
        let templated: Set = ["stages", "params", "metrics", "plots"]
        let stages = entries.first { $0.name == "stages" }?.value
        let variables = entries.first { $0.name == "vars" }?.value
        let context = try globalVariables(
            variables,
            isNeeded: variables != nil || entries.contains { templated.contains($0.name) && PipelineParser.usesVariables($0.value.node) }, top)
        for (name, raw) in entries {
            let value = name != "stages" && templated.contains(name) ? try interpolation.resolved(raw, context) : raw
            switch name {
            case "stages", "vars": break
            case "params":
                for item in try value.items(expected: "a list of files") { pipeline.parameterFiles.append(try plain.path(item)) }
            case "metrics":
                for item in try value.items(expected: "a list of files") { pipeline.metricFiles.append(try plain.path(item)) }
            case "plots": pipeline.plots += try PlotParser(paths: plain).topLevel(value)
            case "version", "remotes", "store", "policy": if dialect == .dvc { throw unknown(value) }
            case "artifacts" where dialect == .dvc:
                pipeline.warnings.append(
                    "\(SettingsError.place(value.line, file: value.file)): 'artifacts' has no effect: models are registered by 'tenon model register'"
                )
            default: if dialect == .dvc { throw unknown(value) }
            }
        }
        guard let stages else { return }
        var names: Set<String> = []
        for (name, node) in try stages.entries() {
            guard SettingsParser.isName(name) else { throw node.refusal("'\(node.key)' can't be a stage's name", SettingsParser.nameRule) }
            for stage in try self.stages(name, node, context) {
                guard names.insert(stage.name).inserted else {
                    throw node.refusal("'\(node.key)' makes two stages named '\(stage.name)'", "a stage's name stands once")
                }
                pipeline.stages.append(stage)
            }
        }
    }

    /// Throws as soon as there are too many stages or paths: one of the file may become many stages.
    private mutating func count(_ stage: Stage, at node: SettingsNode) throws(TenonError) {
        stageCount += 1
        pathCount += stage.dependencies.count + stage.outputs.count + stage.parameters.reduce(0) { $0 + 1 + $1.keys.count }
        guard stageCount <= PipelineParser.stageLimit, pathCount <= PipelineParser.pathLimit else {
            throw node.refusal(
                "there are too many stages",
                "a pipeline has at most \(PipelineParser.stageLimit), with \(PipelineParser.pathLimit) paths and parameters together")
        }
    }

    private func unknown(_ value: SettingsNode) -> TenonError {
        value.refusal("'\(value.key)' can't be used", "Tenon has no such feature of \(Pipeline.foreignName)")
    }

    // MARK: Variables

    private static func usesVariables(_ node: Node) -> Bool {
        switch node {
        case .scalar(let scalar): scalar.string.contains("${")
        case .sequence(let sequence): sequence.contains(where: usesVariables)
        case .mapping(let mapping): mapping.contains { usesVariables($0.key) || usesVariables($0.value) }
        case .alias: false
        }
    }

    /// `params.yaml` where it is there, and what `vars` says.
    private func globalVariables(_ node: SettingsNode?, isNeeded: Bool, _ top: SettingsNode) throws -> PipelineVariables {
        var variables = PipelineVariables()
        guard isNeeded else { return variables }
        let file = try PipelinePath.resolve(Pipeline.parameterFileName, from: base, at: top)
        let named = try node.map { try $0.items() } ?? []
        let isNamed = named.contains { $0.node.scalar?.string.split(separator: ":").first.map(String.init) == Pipeline.parameterFileName }
        if let file, !isNamed, let root = try values(in: file), root.mapping != nil { try variables.merge(root, from: top) }
        try add(node, from: base, to: &variables)
        return variables
    }

    private func add(_ node: SettingsNode?, from directory: RelativePath?, to variables: inout PipelineVariables) throws {
        guard let node else { return }
        let items = try node.items(expected: "a list of files and of mappings")
        guard items.count <= PipelineParser.fileLimit else { throw node.wrong("at most \(PipelineParser.fileLimit) entries") }
        for item in items {
            if item.node.mapping != nil {
                try variables.merge(item.node, from: item)
                continue
            }
            let text = try item.text(expected: "a file, FILE:KEY,KEY, or a mapping")
            let parts = text.split(separator: ":", maxSplits: 1)
            guard let name = parts.first, let file = try PipelinePath.resolve(String(name), from: directory, at: item) else {
                throw item.wrong("a file")
            }
            guard let root = try values(in: file) else {
                throw item.refusal("'\(item.key)' names '\(file)'", "there is no such file")
            }
            guard parts.count == 2 else {
                try variables.merge(root, from: item)
                continue
            }
            for key in parts[1].split(separator: ",") {
                guard let value = root.mapping?.value(of: String(key)) else {
                    throw item.refusal("'\(item.key)' names '\(displayName(key.utf8))' of '\(file)'", "there is no such key")
                }
                try variables.merge(.mapping(Node.Mapping([(Node(String(key)), value)])), from: item)
            }
        }
    }

    /// The values of a file of YAML or JSON; `nil`: there is none.
    private func values(in file: RelativePath) throws -> Node? {
        guard let bytes = try read(file, RunParameters.maximumLength) else { return nil }
        if file.bytes.suffix(5).elementsEqual(".toml".utf8) || file.bytes.suffix(3).elementsEqual(".py".utf8) {
            throw TenonError(.invalidArgument, "'\(file)' can't be read for 'vars'", cause: "variables come from YAML and JSON")
        }
        return try SettingsText.compose(bytes, file: "\(file)")
    }

    // MARK: Stages

    private mutating func stages(_ name: String, _ node: SettingsNode, _ global: PipelineVariables) throws -> [Stage] {
        let entries = try node.entries(expected: "a mapping with 'cmd'")
        func entry(_ key: String) -> SettingsNode? { entries.first { $0.name == key }?.value }
        var context = global
        let loop = entry("foreach")
        let matrix = entry("matrix")
        if loop != nil, matrix != nil { throw node.refusal("'\(node.key)' has 'foreach' and 'matrix'", "a stage has one of both") }
        if let loop {
            guard let body = entry("do"), entries.count == 2 else {
                throw node.refusal("'\(node.key)' can't be gone through", "with 'foreach' a stage has 'do', and nothing beside them")
            }
            return try variants(name, try StageVariants.loop(over: interpolation.resolved(loop, context)), body, context)
        }
        if let stray = entry("do") { throw stray.refusal("'\(stray.key)' stands alone", "it goes with 'foreach'") }
        if let matrix {
            return try variants(name, try StageVariants.combinations(of: interpolation.resolved(matrix, context)), node, context)
        }
        let directory = try self.directory(entry("wdir"), context)
        try add(entry("vars"), from: directory, to: &context)
        return [try stage(name, node, context)]
    }

    private mutating func variants(
        _ name: String, _ variants: [StageVariants.Variant], _ body: SettingsNode, _ global: PipelineVariables
    ) throws -> [Stage] {
        guard variants.count <= StageVariants.countLimit else {
            throw body.refusal("'\(name)' becomes too many stages", "a stage becomes at most \(StageVariants.countLimit)")
        }
        let entries = try body.entries(expected: "a mapping with 'cmd'")
        var result: [Stage] = []
        for variant in variants {
            var context = global
            context.set("item", to: variant.item)
            context.set("key", to: Node(variant.key ?? variant.name))
            let directory = try self.directory(entries.first { $0.name == "wdir" }?.value, context)
            try add(entries.first { $0.name == "vars" }?.value, from: directory, to: &context)
            var stage = try stage("\(name)@\(variant.name)", body, context)
            stage.group = name
            result.append(stage)
        }
        return result
    }

    private mutating func directory(_ node: SettingsNode?, _ variables: PipelineVariables) throws -> RelativePath? {
        guard let node else { return base }
        return try PipelinePath.resolve(try interpolation.resolved(node, variables).text(), from: base, at: node)
    }

    private mutating func stage(_ name: String, _ node: SettingsNode, _ variables: PipelineVariables) throws -> Stage {
        let entries = try node.entries(expected: "a mapping with 'cmd'")
        var stage = Stage(name: name, commands: [])
        stage.directory = try directory(entries.first { $0.name == "wdir" }?.value, variables)
        let paths = StagePathReader(base: stage.directory, dialect: dialect)
        for (key, raw) in entries {
            if key == "cmd" {
                stage.commands = try commands(raw, variables)
                continue
            }
            if ["foreach", "matrix", "vars", "wdir", "do", "meta"].contains(key) { continue }
            let value = try interpolation.resolved(raw, variables)
            switch key {
            case "deps":
                for item in try value.items(expected: "a list of texts") { stage.dependencies.append(try paths.path(item)) }
            case "params": stage.parameters = try paths.parameters(value)
            case "outs": stage.outputs += try paths.outputs(value, .output)
            case "metrics": stage.outputs += try paths.outputs(value, .metric)
            case "plots":
                stage.outputs += try paths.outputs(value, .plot)
                stage.plots = try PlotParser(paths: paths).ofStage(value)
            case "frozen": stage.isFrozen = try value.flag()
            case "always", "always_changed": stage.isAlways = try value.flag()
            case "desc": stage.summary = value.isEmpty ? nil : try value.text()
            default:
                throw value.refusal(
                    "'\(value.key)' can't be used", "Tenon has no such feature of stages",
                    hint: SettingsError.suggestion(for: key, among: PipelineParser.stageKeys))
            }
        }
        guard !stage.commands.isEmpty else { throw node.refusal("'\(node.key)' has no 'cmd'", "a stage is a command") }
        // So it is in DVC: of what depends on nothing, nobody can tell that nothing has changed.
        if dialect == .dvc, stage.dependencies.isEmpty, stage.parameters.isEmpty { stage.isAlways = true }
        try count(stage, at: node)
        return stage
    }

    /// What a stage may have.
    static let stageKeys = [
        "cmd", "wdir", "deps", "params", "outs", "metrics", "plots", "frozen", "always", "always_changed", "desc", "meta", "vars", "foreach", "do",
        "matrix",
    ]

    private mutating func commands(_ node: SettingsNode, _ variables: PipelineVariables) throws -> [String] {
        let lines = node.node.sequence != nil ? try node.items() : [node]
        var result: [String] = []
        for line in lines {
            let command = try interpolation.commandLine(try line.text(expected: "a command line"), line, variables)
            guard !command.utf8.contains(0), command.contains(where: { !$0.isWhitespace }) else { throw line.wrong("a command line") }
            result.append(command)
        }
        return result
    }
}
