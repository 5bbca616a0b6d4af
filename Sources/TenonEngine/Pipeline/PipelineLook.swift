import TenonAPI
import TenonCore
import TenonFormat

extension Engine {
    /// `tenon dag`, `tenon repro --dry-run`, and the first step of `tenon repro`: the stages, and what would become of each.
    package func pipeline(_ request: PipelineRequest, _ reporter: Reporter<PipelineRequest>) async throws -> PipelineRequest.Reply {
        try await reading(request, reporter) { job in
            let pipeline = try job.pipeline()
            for warning in pipeline.warnings.prefix(5) { reporter.warn(warning) }
            let graph = try StageGraph(pipeline)
            var reply = PipelineRequest.Reply(file: WirePath(pipeline.file), stages: [])
            let places = try self.selection(request, pipeline, graph)
            var judge = request.judges ? try StageJudge(job: job, survey: try Survey(job.tree)) : nil
            try judge?.inputs.prepare(places.flatMap { graph.stages[$0].dependencies })
            for place in places {
                try job.checkCancellation()
                let stage = graph.stages[place]
                let judgement = try judge?.judge(stage, isForced: request.isForced)
                reply.stages.append(
                    PipelineStage(
                        name: stage.name, summary: stage.summary, commands: stage.commands, directory: WirePath(bytes: stage.directory?.bytes ?? []),
                        needs: graph.upstream[place].map { graph.stages[$0].name }, inputs: stage.dependencies.map { WirePath($0) },
                        outputs: stage.outputs.map { WirePath($0.path) }, verdict: judgement?.verdict, reasons: judgement?.reasons ?? []))
            }
            return reply
        }
    }

    private func selection(_ request: PipelineRequest, _ pipeline: Pipeline, _ graph: StageGraph) throws -> [Int] {
        guard !request.stages.isEmpty else { return graph.order }
        let names = Set(try request.stages.flatMap { try pipeline.stages(named: $0) }.map(\.name))
        let named = graph.order.filter { names.contains(graph.stages[$0].name) }
        return switch request.extent {
        case .upstream: graph.closure(of: named)
        case .downstream: graph.closure(of: named, downstream: true)
        case .single: named
        }
    }
}

extension Job {
    /// The pipeline that is meant where the client stands. Throws `notFound` if there is none.
    func pipeline() throws -> Pipeline {
        let prefix = tree.context.prefix.bytes
        return try Pipeline.required(try Pipeline.read(tree, directory: prefix.isEmpty ? nil : try RelativePath(bytes: prefix)))
    }
}
