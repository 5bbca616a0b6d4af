import Glibc
import TenonAPI

/// Tells revisions from paths among the words of `diff` and `log`, by Git's rules: revisions come first; a word that is both, or neither, is
/// refused; after `--` come paths only.
struct RevisionWords {
    /// The full id of a revision, or `nil` if Git knows none by that name.
    let resolve: (String) throws -> String?
    /// Whether something lies, or is tracked, at the path.
    let exists: (PathArgument) -> Bool

    struct Result: Hashable {
        var commits: [String] = []
        var paths: [PathArgument] = []
    }

    /// At most `limit` revisions; `A..B` counts as two, and an end left out is HEAD. Marked words stood behind `--`.
    func split(_ words: [String], limit: Int) throws -> Result {
        let terminated = words.filter(ArgumentEscape.isMarked).map { PathArgument(bytes: ArgumentEscape.bytes(of: $0)) }
        var result = Result(commits: [], paths: terminated)
        var rest = words.filter { !ArgumentEscape.isMarked($0) }[...]
        while let word = rest.first {
            let path = PathArgument(bytes: ArgumentEscape.bytes(of: word))
            let commits = try revisions(in: word)
            if commits.isEmpty || result.commits.count + commits.count > limit {
                guard terminated.isEmpty else { throw commits.isEmpty ? unknownRevision(path) : tooMany(limit) }
                guard commits.isEmpty || exists(path) else { throw tooMany(limit) }
                break
            }
            guard !terminated.isEmpty || !exists(path) else { throw ambiguous(path) }
            result.commits += commits
            rest = rest.dropFirst()
        }
        for word in rest {
            let path = PathArgument(bytes: ArgumentEscape.bytes(of: word))
            guard exists(path) else { throw neither(path) }
            result.paths.append(path)
        }
        return result
    }

    private func revisions(in word: String) throws -> [String] {
        // Spelled as a path; `..` by itself would else be HEAD..HEAD.
        if word == ".." || ["/", "./", "../"].contains(where: { word.utf8.starts(with: $0.utf8) }) { return [] }
        if let commit = try resolve(word) { return [commit] }
        guard let dots = word.utf8.firstRange(ofDots: 2) else { return [] }
        let ends = [word[..<dots.lowerBound], word[dots.upperBound...]].map { $0.isEmpty ? "HEAD" : String($0) }
        let commits = try ends.compactMap { try resolve($0) }
        return commits.count == 2 ? commits : []
    }

    func ambiguous(_ path: PathArgument) -> TenonError {
        TenonError(
            .invalidArgument, "'\(path)' is refused", cause: "it is both a revision and a path", hint: "put '--' between revisions and paths")
    }

    private func neither(_ path: PathArgument) -> TenonError {
        TenonError(
            .notFound, "'\(path)' is refused", cause: "it is neither a revision nor a path in the work tree",
            hint: "put '--' between revisions and paths")
    }

    private func unknownRevision(_ path: PathArgument) -> TenonError {
        TenonError(.notFound, "'\(path)' is refused", cause: "Git knows no commit by that name")
    }

    private func tooMany(_ limit: Int) -> TenonError {
        TenonError(.invalidArgument, "the revisions are refused", cause: limit == 1 ? "one is taken" : "at most \(limit) are taken")
    }
}

extension RevisionWords {
    /// The arguments of a command that takes such words, with those behind `--` marked.
    static func marked(_ arguments: [String]) -> [String] {
        guard let end = arguments.firstIndex(of: "--") else { return arguments }
        return arguments[...end] + arguments[(end + 1)...].map(ArgumentEscape.marked)
    }

    /// Whether something lies at `path` or is tracked there: the path itself, its pointer, or the pointer of a directory above it.
    static func existsOnDisk(_ path: PathArgument) -> Bool {
        var candidate = path.bytes
        while candidate.last == UInt8(ascii: "/") { candidate.removeLast() }
        if liesAt(path.bytes) { return true }
        while !candidate.isEmpty {
            if liesAt(candidate + Array(".tenon".utf8)) { return true }
            guard let slash = candidate.lastIndex(of: UInt8(ascii: "/")) else { return false }
            candidate.removeSubrange(slash...)
        }
        return false
    }

    private static func liesAt(_ path: [UInt8]) -> Bool {
        var information = stat()
        return lstat(path.zeroTerminated, &information) == 0
    }
}

extension String.UTF8View {
    /// Where exactly `count` dots stand together for the first time.
    fileprivate func firstRange(ofDots count: Int) -> Range<Index>? {
        var start = startIndex
        while let first = self[start...].firstIndex(of: UInt8(ascii: ".")) {
            let end = self[first...].firstIndex { $0 != UInt8(ascii: ".") } ?? endIndex
            if distance(from: first, to: end) == count { return first..<end }
            start = end
        }
        return nil
    }
}
