import TenonAPI
import TenonCore

extension Engine {
    /// `tenon add`: stores files and directories, writes and stages their pointers.
    package func add(_ request: AddRequest, _ reporter: Reporter<AddRequest>) async throws -> AddRequest.Reply {
        try await writing(request, reporter) { job in
            if !request.dryRun {
                try job.tree.prepare()
                try job.tree.register()
            }
            let settings = try job.settings()
            var addition = try Addition(job: job, stages: request.stage, isDryRun: request.dryRun, compression: settings.compression)
            if request.update {
                try addition.update(try job.tree.selection(request.paths))
            } else {
                try addition.add(try request.paths.map(job.tree.artifactPath), adopts: request.adopt == true)
            }
            return addition.reply
        }
    }
}
