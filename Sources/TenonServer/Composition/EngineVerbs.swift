import TenonAPI
import TenonEngine

extension Engine {
    /// Every verb that is answered with events, ready to be served.
    var verbs: [AnyVerb] {
        [
            served(InitRequest.self) { try await $0.initialize($1, $2) },
            served(AddRequest.self) { try await $0.add($1, $2) },
            served(UntrackRequest.self) { try await $0.untrack($1, $2) },
            served(ImportRequest.self) { try await $0.importProject($1, $2) },
            served(MoveRequest.self) { try await $0.move($1, $2) },
            served(RemoveRequest.self) { try await $0.remove($1, $2) },
            served(StatusRequest.self) { try await $0.status($1, $2) },
            served(RestoreRequest.self) { try await $0.restore($1, $2) },
            served(PrepareCommitRequest.self) { try await $0.prepareCommit($1, $2) },
            served(CheckRefsRequest.self) { try await $0.checkRefs($1, $2) },
            served(RecoverRequest.self) { try await $0.recover($1, $2) },
            served(RemoteRequest.self) { try await $0.remote($1, $2) },
            served(PushRequest.self) { try await $0.push($1, $2) },
            served(FetchRequest.self) { try await $0.fetch($1, $2) },
            served(DiffRequest.self) { try await $0.diff($1, $2) },
            served(LogRequest.self) { try await $0.log($1, $2) },
            served(ShowRequest.self) { try await $0.show($1, $2) },
            served(ListRequest.self) { try await $0.list($1, $2) },
            served(WhichRequest.self) { try await $0.which($1, $2) },
            served(VerifyRequest.self) { try await $0.verify($1, $2) },
            served(PolicyRequest.self) { try await $0.checkPolicy($1, $2) },
            served(RecordRequest.self) { try await $0.record($1, $2) },
            served(RecordsRequest.self) { try await $0.records($1, $2) },
            served(AttestationsRequest.self) { try await $0.attestations($1, $2) },
            served(SignRequest.self) { try await $0.sign($1, $2) },
            served(RerunBeginRequest.self) { try await $0.rerunBegin($1, $2) },
            served(RerunFinishRequest.self) { try await $0.rerunFinish($1, $2) },
            served(TraceRequest.self) { try await $0.trace($1, $2) },
            served(RunBeginRequest.self) { try await $0.runBegin($1, $2) },
            served(RunFinishRequest.self) { try await $0.runFinish($1, $2) },
            served(TrialPrepareRequest.self) { try await $0.trialPrepare($1, $2) },
            served(TrialBeginRequest.self) { try await $0.trialBegin($1, $2) },
            served(TrialFinishRequest.self) { try await $0.trialFinish($1, $2) },
            served(PipelineRequest.self) { try await $0.pipeline($1, $2) },
            served(StageBeginRequest.self) { try await $0.stageBegin($1, $2) },
            served(ValuesRequest.self) { try await $0.values($1, $2) },
            served(ValuesDiffRequest.self) { try await $0.valuesDiff($1, $2) },
            served(PlotsRequest.self) { try await $0.plots($1, $2) },
            served(MergeRequest.self) { try await $0.merge($1, $2) },
            served(DescribeRequest.self) { try await $0.describe($1, $2) },
            served(StoreRequest.self) { try await $0.store($1, $2) },
            served(FsckRequest.self) { try await $0.fsck($1, $2) },
            served(SweepRequest.self) { try await $0.sweep($1, $2) },
        ]
    }

    /// The verb that is answered with bytes.
    var catVerb: CatVerb {
        { request, output in
            try await self.cat(
                request, isCancelled: { output.isCancelled }, begin: { output.begin(length: $0) }, sink: { try output.write($0) })
        }
    }

    private func served<R: TenonAPI.Request>(
        _ type: R.Type, _ run: @escaping @Sendable (Engine, R, Reporter<R>) async throws -> R.Reply
    ) -> AnyVerb {
        AnyVerb(type) { request, output in
            let reporter = Reporter<R>(
                progress: { output.progress($0) }, item: { output.item($0) }, warning: { output.warn($0) }, isCancelled: { output.isCancelled })
            return try await run(self, request, reporter)
        }
    }
}
