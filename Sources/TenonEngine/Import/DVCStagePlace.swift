import TenonCore

/// Where a stage is executed, and which of its outputs Git keeps.
struct DVCStagePlace {
    var directory: RelativePath?
    var keptInGit: Set<RelativePath>
}
