import TenonAPI
import TenonCore

/// The files of values that one revision's stages, and the file they stand in, name.
struct DeclaredFiles: Equatable, Sendable {
    var parameters: [RelativePath] = []
    var metrics: [RelativePath] = []
    var plots: [PlotDefinition] = []
}

extension RevisionFiles {
    /// The files that stages name; none where there are no stages. Throws where the stages can't be read.
    func declaredFiles() throws -> DeclaredFiles {
        let directory = try? RelativePath(bytes: job.tree.context.prefix.bytes)
        let pipeline =
            if let commit { try Pipeline.read(job.tree, at: commit.id, directory: directory) } else {
                try Pipeline.read(job.tree, directory: directory)
            }
        guard let pipeline else { return DeclaredFiles() }
        return DeclaredFiles(parameters: pipeline.allParameterFiles, metrics: pipeline.allMetricFiles, plots: pipeline.allPlots)
    }
}
