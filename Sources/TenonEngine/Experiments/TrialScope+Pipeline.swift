import TenonAPI
import TenonCore

extension Job {
    /// A scope with what its stages declare: all that they read, and what they made before, so that what is up to date needs not run; what a stage adds to
    /// is the trial's own.
    func completed(_ scope: TrialScope) throws -> TrialScope {
        guard let stages = try stages(of: scope) else { return scope }
        var result = scope
        let paths = stages.flatMap { $0.dependencies + $0.outputs.map(\.path) }
        result.inputs = (scope.inputs ?? []) + Set(paths).sorted().map { WirePath($0) }
        result.outputs += stages.flatMap(\.outputs).filter(\.isPersistent).map { WirePath($0.path) }
        return result
    }

    /// What a scope's commands make.
    func declaredOutputs(_ scope: TrialScope) throws -> [RelativePath] {
        try scope.outputs.map { try tree.artifactPath($0) } + (stages(of: scope) ?? []).flatMap(\.outputs).map(\.path)
    }

    /// The parameters and files of metrics that a scope's stages declare.
    func declaredValues(_ scope: TrialScope) throws -> (parameters: [RunParameter], metrics: [WirePath]) {
        let stages = try stages(of: scope) ?? []
        let parameters = stages.flatMap(\.parameters).flatMap { parameter -> [RunParameter] in
            let file = WirePath(parameter.file)
            return parameter.keys.isEmpty ? [RunParameter(file: file)] : parameter.keys.map { RunParameter(key: $0, file: file) }
        }
        return (parameters, stages.flatMap(\.metrics).map { WirePath($0) })
    }

    /// The stages that are brought up to date; `nil`: a command is executed.
    private func stages(of scope: TrialScope) throws -> [Stage]? {
        guard let names = scope.stages else { return nil }
        let pipeline = try pipeline()
        let graph = try StageGraph(pipeline)
        if names.isEmpty { return graph.order.map { graph.stages[$0] } }
        let wanted = Set(try names.flatMap { try pipeline.stages(named: $0) }.map(\.name))
        return graph.closure(of: graph.order.filter { wanted.contains(graph.stages[$0].name) }).map { graph.stages[$0] }
    }
}
