import Glibc
import TenonCore

/// The linked work tree that a trial runs in, made for it and removed after it.
package struct TrialWorkTree {
    package let path: String
    private let git: GitCommand

    /// - Parameter environment: in the Git directory that all work trees share.
    package init(path: String, environment: ClientEnvironment) {
        self.path = path
        git = GitCommand(environment: environment)
    }

    /// Makes it, with the code of `snapshot` in it and `commit` as its HEAD: what differs between both is as uncommitted as it was.
    package func make(snapshot: String, commit: String) throws(TenonError) {
        remove()
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
        if mkdir(parent, 0o777) != 0, errno != EEXIST { throw TenonError(.io, "a trial's work tree can't be made", cause: reason(errno)) }
        // Hooks are the person's: what they do after a checkout is for trees that people work in, and data comes by another way here.
        try run(["-c", "core.hooksPath=/dev/null", "-c", "checkout.workers=1", "worktree", "add", "--quiet", "--detach", "--force", path, snapshot])
        if snapshot != commit { try run(["-C", path, "-c", "core.hooksPath=/dev/null", "reset", "--quiet", "--soft", commit]) }
    }

    /// Removes it, with all that is in it.
    package func remove() {
        _ = try? git.output(["worktree", "remove", "--force", "--force", path])
        var information = stat()
        if lstat(path, &information) == 0 {
            TrialWorkTree.removeTree(Array(path.utf8CString.dropLast()))
            _ = try? git.output(["worktree", "prune"])
        }
    }

    private func run(_ arguments: [String]) throws(TenonError) {
        let answer = try git.output(arguments)
        guard answer.status == 0 else {
            throw TenonError(
                answer.complaint.contains("No space left") ? .noSpace : .git, "a trial's work tree can't be made", cause: answer.complaint)
        }
    }

    /// Without following links, and into directories that a command has made unreadable. Names may be in any encoding.
    private static func removeTree(_ bytes: [CChar]) {
        let path = bytes + [0]
        if unlink(path) == 0 || errno == ENOENT { return }
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else { return }
        if information.st_mode & 0o700 != 0o700 { chmod(path, 0o700) }
        if let directory = opendir(path) {
            var names: [[CChar]] = []
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { $0.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } }
                if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
            }
            closedir(directory)
            for name in names { removeTree(bytes + [0x2F] + name) }
        }
        rmdir(path)
    }
}
