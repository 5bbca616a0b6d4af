import TenonAPI
import TenonCore

extension Engine {
    /// Before trials are made: pointers follow their data, parameters are checked, and what each trial will need is told.
    package func trialPrepare(_ request: TrialPrepareRequest, _ reporter: Reporter<TrialPrepareRequest>) async throws -> TrialPrepareRequest.Reply {
        try await reading(request, reporter) { job in
            let settings = try job.settings()
            try Overrides(files: job.tree.files).check(request.overrides)
            try job.tree.prepare()
            try job.tree.register()
            let survey = try job.followedSurvey([])
            let inputs = try TrialInputs(try job.completed(request.scope), survey, job)
            return TrialPrepareRequest.Reply(inputs: inputs.plan(job.store, job.tree), leftOut: try job.filesTooLarge(settings.policy))
        }
    }
}

extension Job {
    /// Untracked files that are too large to go with the code into a commit, and are no artifacts.
    func filesTooLarge(_ policy: Policy) throws -> [WirePath] {
        try LargeFiles(tree, policy: policy).found.filter { file in try !tree.isTrackedByGit(RelativePath(bytes: file.path.bytes)) }.map(\.path)
    }
}
