import TenonAPI
import TenonCore

extension Engine {
    /// `tenon verify`: proves that bytes are what pointers say.
    package func verify(_ request: VerifyRequest, _ reporter: Reporter<VerifyRequest>) async throws -> VerifyRequest.Reply {
        switch request.scope {
        case .stored:
            try await reading(request, reporter) { job in
                var verification = Verification(job: job)
                try verification.packs()
                let commits = try request.all ? job.tree.tips() : request.commits.map(job.tree.commitIdentifier)
                try verification.stored(from: commits, wholeHistory: request.all)
                return verification.reply
            }
        case .workTree:
            try await reading(request, reporter) { job in
                var verification = Verification(job: job)
                try verification.workTree()
                return verification.reply
            }
        case .remote:
            try await verifyRemote(request, reporter)
        }
    }

    private func verifyRemote(_ request: VerifyRequest, _ reporter: Reporter<VerifyRequest>) async throws -> VerifyRequest.Reply {
        guard let proof = request.remote else { throw TenonError(.invalidArgument, "the name of a remote is missing") }
        let meter = Meter()
        return try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            try await RemoteVerification(engine: self, request: request, proof: proof, reporter: reporter, meter: meter).run()
        }
    }
}
