import TenonAPI
import TenonCore

extension Engine {
    /// `tenon untrack`: stops tracking and leaves the bytes where they are.
    package func untrack(_ request: UntrackRequest, _ reporter: Reporter<UntrackRequest>) async throws -> UntrackRequest.Reply {
        try await writing(request, reporter) { job in
            let tree = job.tree
            let paths = try request.paths.map(tree.artifactPath)
            guard !paths.isEmpty else { throw TenonError(.invalidArgument, "nothing to untrack", hint: "name artifacts") }
            let survey = try Survey(tree, paths: paths)
            for path in paths where survey[path] == nil {
                let around = survey.artifact(around: path)
                throw TenonError(
                    .notFound, "'\(path)' can't be untracked", cause: around.map { "it lies inside the artifact '\($0.path)'" } ?? "it is no artifact"
                )
            }
            try tree.requireFreeIndex()
            var bases = survey.bases
            var changed: [RelativePath] = []
            // The other way round than add: while the pointer is there, the data is ignored and known.
            for path in paths {
                try tree.files.remove(try path.pointerPath)
                if let file = try tree.unignore(path), !changed.contains(file) { changed.append(file) }
                bases[path] = nil
            }
            try tree.unstage(try paths.map { path throws(TenonError) in try path.pointerPath })
            try tree.stageFiles(try changed.filter(tree.isInIndex))
            try tree.bases.save(bases)
            return UntrackRequest.Reply(untracked: paths.map { WirePath($0) })
        }
    }
}
