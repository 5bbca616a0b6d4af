import TenonAPI
import TenonCore

extension Engine {
    /// `tenon verify`: proves that bytes are what pointers say.
    package func verify(_ request: VerifyRequest, _ reporter: Reporter<VerifyRequest>) async throws -> VerifyRequest.Reply {
        try await reading(request, reporter) { job in
            var verification = Verification(job: job)
            switch request.scope {
            case .workTree: try verification.workTree()
            case .stored:
                try verification.packs()
                try verification.stored(
                    from: request.all ? try job.tree.tips() : try request.commits.map(job.tree.commitIdentifier), wholeHistory: request.all)
            }
            return verification.reply
        }
    }
}
