/// `tenon import dvc`: what a DVC project keeps becomes artifacts, its pipeline stages of `tenon.yaml`.
package struct ImportRequest: WorkTreeRequest {
    package static let verb = "import"
    package var workTree: WorkTreeContext
    /// Absolute path of DVC's cache, where it is not where DVC's configuration has it.
    package var cache: WirePath?
    /// Only data at or below these; none means all.
    package var paths: [WirePath]
    /// Write the stages of `dvc.yaml` into `tenon.yaml`.
    package var convertsStages: Bool
    /// Remove the `.dvc` files, `dvc.yaml` and `dvc.lock` that are not needed any more.
    package var removes: Bool
    package var dryRun: Bool

    package init(
        workTree: WorkTreeContext, cache: WirePath? = nil, paths: [WirePath] = [], convertsStages: Bool = true, removes: Bool = false,
        dryRun: Bool = false
    ) {
        self.workTree = workTree
        self.cache = cache
        self.paths = paths
        self.convertsStages = convertsStages
        self.removes = removes
        self.dryRun = dryRun
    }

    package struct Reply: Codable, Sendable {
        package var imported: [ImportedData]
        /// Stages that were written into `tenon.yaml`.
        package var stages: [String]
        /// Files that were removed.
        package var removed: [WirePath]
        /// What is not imported, and why.
        package var problems: [TenonError]
        /// What is left out of what is imported: a line each.
        package var notes: [String]

        package init(
            imported: [ImportedData] = [], stages: [String] = [], removed: [WirePath] = [], problems: [TenonError] = [], notes: [String] = []
        ) {
            self.imported = imported
            self.stages = stages
            self.removed = removed
            self.problems = problems
            self.notes = notes
        }
    }
}

/// Data of DVC that is an artifact now.
package struct ImportedData: Codable, Sendable, Hashable {
    package var path: WirePath
    /// The file that named it.
    package var source: WirePath
    /// Files that lay in the work tree, and those that were copied from the cache, with their bytes.
    package var kept: Int
    package var copied: Int
    package var copiedBytes: UInt64
    /// What has become of it; `nil` in a dry run.
    package var artifact: AddedArtifact?

    package init(path: WirePath, source: WirePath, kept: Int, copied: Int, copiedBytes: UInt64, artifact: AddedArtifact? = nil) {
        self.path = path
        self.source = source
        self.kept = kept
        self.copied = copied
        self.copiedBytes = copiedBytes
        self.artifact = artifact
    }
}
