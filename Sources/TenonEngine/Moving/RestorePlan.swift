import TenonCore

/// What a `restore` by name is about: whole artifacts, and entries inside others.
struct RestorePlan {
    private(set) var whole: Set<RelativePath> = []
    /// By artifact, relative to it. None for an artifact that is restored as a whole.
    private(set) var entries: [RelativePath: [RelativePath]] = [:]

    /// - Parameters:
    ///   - selection: paths from the top of the work tree; none means all that `source` has.
    init(_ selection: [RelativePath], source: Source, survey: Survey) throws {
        for path in selection.isEmpty ? source.artifacts(survey) : selection {
            let found = try source.select(path, survey)
            whole.formUnion(found.artifacts)
            if let (artifact, inner) = found.entry { entries[artifact, default: []].append(inner) }
        }
        for artifact in whole { entries[artifact] = nil }
    }

    /// All artifacts, in byte order.
    var artifacts: [RelativePath] { whole.union(entries.keys).sorted() }
}
