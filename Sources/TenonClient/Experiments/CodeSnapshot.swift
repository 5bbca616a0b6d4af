import Glibc
import TenonAPI
import TenonCore

/// A work tree's code as a commit, with all that is not committed yet; neither index nor files nor branches of the person's change.
package struct CodeSnapshot {
    /// The commit that is checked out.
    package var commit: String
    /// The same with the changes; the same commit if there are none.
    package var snapshot: String

    /// - Parameters:
    ///   - environment: of the person, somewhere in the work tree.
    ///   - leftOut: files that are too large, from the top.
    ///   - scratch: the path of a file that may be written.
    package static func take(_ workTree: WorkTreeContext, environment: ClientEnvironment, leavingOut leftOut: [WirePath], scratch: String)
        throws(TenonError)
        -> CodeSnapshot
    {
        let what = "the code can't be taken along"
        var top = environment
        top.directory = workTree.topLevel.bytes
        let git = GitCommand(environment: top)
        let head = try git.output(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
        guard head.status == 0 else {
            throw TenonError(.notFound, what, cause: "there is no commit yet", hint: "git commit, then try again")
        }
        let commit = String(decoding: head.line, as: UTF8.self)
        let unmerged = try git.output(["ls-files", "--unmerged"], limit: 4096)
        guard unmerged.standardOutput.isEmpty else {
            throw TenonError(.conflict, what, cause: "a merge is not finished: some files are in conflict", hint: "git status")
        }
        let index = try git.output(["rev-parse", "--path-format=absolute", "--git-path", "index"])
        var own = top
        own.variables["GIT_INDEX_FILE"] = scratch
        defer {
            unlink(scratch)
            unlink(scratch + ".lock")
        }
        // With the stats of the person's, Git reads only what has changed.
        copy(own: String(decoding: workTree.indexFile?.bytes ?? index.line, as: UTF8.self), to: scratch)
        let indexed = GitCommand(environment: own)
        try ResultCommit.addAll(indexed, leavingOut: leftOut, what)
        let tree = try ResultCommit.text(try indexed.output(["write-tree"]), what)
        if tree == (try ResultCommit.text(try git.output(["rev-parse", "HEAD^{tree}"]), what)) {
            return CodeSnapshot(commit: commit, snapshot: commit)
        }
        let snapshot = try ResultCommit.text(
            try GitCommand(environment: ResultCommit.withIdentity(top)).output(
                ["commit-tree", tree, "-p", commit, "-m", "Uncommitted changes that an experiment started with"]), what)
        return CodeSnapshot(commit: commit, snapshot: snapshot)
    }

    private static func copy(own index: String, to scratch: String) {
        guard let bytes = contents(of: index, limit: 1 << 30) else { return }
        let descriptor = open(scratch, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Without it Git makes a new one, and only takes longer.
        if !writeAll(bytes, to: descriptor) { unlink(scratch) }
    }
}
