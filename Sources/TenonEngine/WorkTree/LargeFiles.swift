import Glibc
import TenonAPI
import TenonCore
import TenonGit

/// Files above the limit of the policy that Git tracks, or would take with `git add -A`.
struct LargeFiles {
    private let tree: WorkTree
    private let limit: UInt64
    private let allowed: [Glob]
    private(set) var found: [StatusRequest.LargeFile] = []
    /// Whether all of the work tree was looked at in the time that there is.
    private(set) var isComplete = true

    /// As long as a person does not notice. Git lists 35,000 untracked files in 0.25 to 0.5 s, whole untracked directories in a tenth of that.
    private static let budget = Duration.milliseconds(300)

    init(_ tree: WorkTree, policy: Policy) throws {
        self.tree = tree
        limit = policy.largestGitFile
        allowed = policy.largeAllowed.map { Glob($0) }
        for entry in try tree.repository.indexEntries() where entry.stage == 0 && entry.mode.isFile { take(entry.path, UInt64(entry.size)) }
        try lookForUntracked(until: ContinuousClock.now + LargeFiles.budget)
    }

    private mutating func take(_ path: [UInt8], _ size: UInt64) {
        guard size > limit, !allowed.contains(where: { $0.matches(path) }) else { return }
        found.append(StatusRequest.LargeFile(path: WirePath(bytes: path), size: size))
    }

    /// Git names untracked files, and directories that are untracked as a whole; what is large in those is looked for here, and Git is asked
    /// whether it ignores that.
    private mutating func lookForUntracked(until deadline: ContinuousClock.Instant) throws {
        let arguments: [GitArgument] = ["ls-files", "--others", "--exclude-standard", "--directory", "--no-empty-directory", "-z"]
        guard let outcome = try? tree.repository.process.succeed(arguments, timeout: LargeFiles.budget) else {
            isComplete = false
            return
        }
        let top = Array("\(tree.path)/".utf8)
        var candidates: [(path: RelativePath, size: UInt64)] = []
        for bytes in outcome.output.split(separator: 0) {
            if bytes.last == UInt8(ascii: "/") {
                let size = DirectorySize(of: top + bytes.dropLast(), until: deadline) { path, size in
                    guard size > limit, let path = try? RelativePath(bytes: Array(path().dropFirst(top.count))) else { return }
                    candidates.append((path, size))
                }
                if !size.isComplete { isComplete = false }
            } else {
                var status = stat()
                guard (top + bytes).withCPath({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
                take(Array(bytes), UInt64(status.st_size))
            }
        }
        for (candidate, check) in zip(candidates, try tree.repository.ignoreChecks(candidates.map(\.path))) where !check.isIgnored {
            take(candidate.path.bytes, candidate.size)
        }
    }
}
