import TenonAPI
import TenonCore
import TenonFormat

extension Engine {
    /// `pre-commit` and `pre-merge-commit`: takes changed artifacts into the commit that Git is about to make, in the index that Git uses for it, and
    /// says what forbids the commit.
    package func prepareCommit(
        _ request: PrepareCommitRequest, _ reporter: Reporter<PrepareCommitRequest>
    ) async throws -> PrepareCommitRequest.Reply {
        var (reply, refusals) = try await writing(request, reporter) { job in
            var preparation = try CommitPreparation(job: job, request: request)
            return try preparation.run()
        }
        // No lock is held while a remote is asked.
        reply.refusals += try await settled(refusals, request.workTree, environment: request.environment) { reporter.warn($0) }
        if !reply.refusals.isEmpty { reply.mustRepeat = false }
        return reply
    }
}
