import ArgumentParser
import TenonAPI

/// Revisions by the many.
struct RevisionOptions: ParsableArguments {
    @Option(name: .letter("n", "max-count"), help: ArgumentHelp("HEAD and the commits before it, so many.", valueName: "number"))
    var maximum: Int?

    @Flag(help: "Every commit that HEAD leads to.")
    var allCommits = false

    @Flag(name: [.customShort("a"), .long], help: "Every branch.")
    var allBranches = false

    @Flag(name: [.customShort("T"), .long], help: "Every tag.")
    var allTags = false

    @Flag(name: [.customShort("e"), .long], help: "Every experiment.")
    var experiments = false

    func validate() throws {
        if let maximum, maximum < 1 { throw ValidationError("--max-count is 1 at least") }
    }

    /// Those that were named, then those by the many.
    func revisions(_ named: [NamedRevision], _ source: ValueRevisions) throws -> [NamedRevision] {
        var result = named
        if let maximum { result += try source.list(["--first-parent", "HEAD"], limit: maximum) }
        if allCommits { result += try source.list(["HEAD"]) }
        if allBranches { result += try source.references("refs/heads/") }
        if allTags { result += try source.references("refs/tags/") }
        if experiments { result += try source.experiments() }
        guard result.count <= ValueRevisions.limit else {
            throw TenonError(
                .invalidArgument, "the revisions are refused", cause: "there are more than \(ValueRevisions.limit)", hint: "-n NUMBER takes fewer")
        }
        return result
    }

    /// Whether any were asked for.
    var isAsked: Bool { maximum != nil || allCommits || allBranches || allTags || experiments }
}
