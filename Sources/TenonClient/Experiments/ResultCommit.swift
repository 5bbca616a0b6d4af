import Glibc
import TenonAPI
import TenonCore

/// What a work tree holds, as a commit that no branch has. Of Git only plumbing is used, so that no hook of the person's runs for each trial.
package enum ResultCommit {
    /// Writes the commit and returns its id.
    ///
    /// - Parameters:
    ///   - environment: in the work tree's top.
    ///   - scratch: the path of a file that may be written.
    package static func make(
        _ environment: ClientEnvironment, parent: String, message: String, leavingOut leftOut: [WirePath], scratch: String
    ) throws(TenonError) -> String {
        let what = "the result can't be written"
        let git = GitCommand(environment: environment)
        try addAll(git, leavingOut: leftOut, what)
        let tree = try text(try git.output(["write-tree"]), what)
        let descriptor = open(scratch, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw TenonError(.io, what, cause: reason(errno)) }
        defer { unlink(scratch) }
        guard writeAll(Array(message.utf8), to: descriptor) else {
            let number = errno
            close(descriptor)
            throw TenonError(number == ENOSPC ? .noSpace : .io, what, cause: reason(number))
        }
        close(descriptor)
        return try text(
            try GitCommand(environment: withIdentity(environment)).output([
                "-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, "-p", parent, "-F", scratch,
            ]), what)
    }

    static func addAll(_ git: GitCommand, leavingOut leftOut: [WirePath], _ what: String) throws(TenonError) {
        let exclusions = leftOut.map { Array(":(exclude,top,literal)".utf8) + $0.bytes }
        let words = ["-c", "core.hooksPath=/dev/null", "-c", "advice.addEmbeddedRepo=false", "add", "--all", "--"].map { Array($0.utf8) }
        let answer = try git.output(words + exclusions)
        guard answer.status == 0 else {
            throw TenonError(answer.complaint.contains("No space left") ? .noSpace : .git, what, cause: answer.complaint)
        }
    }

    static func text(_ answer: GitCommand.Output, _ what: String) throws(TenonError) -> String {
        guard answer.status == 0 else {
            throw TenonError(answer.complaint.contains("No space left") ? .noSpace : .git, what, cause: answer.complaint)
        }
        return String(decoding: answer.line, as: UTF8.self)
    }

    /// Commits of nobody's branch need no more than a name that tells whose they are.
    static func withIdentity(_ environment: ClientEnvironment) throws(TenonError) -> ClientEnvironment {
        let git = GitCommand(environment: environment)
        if try git.output(["var", "GIT_COMMITTER_IDENT"]).status == 0, try git.output(["var", "GIT_AUTHOR_IDENT"]).status == 0 {
            return environment
        }
        let place = EnvironmentSurvey(environment: environment, command: []).place
        var result = environment
        for role in ["AUTHOR", "COMMITTER"] {
            if result["GIT_\(role)_NAME"] == nil { result.variables["GIT_\(role)_NAME"] = place.user }
            if result["GIT_\(role)_EMAIL"] == nil { result.variables["GIT_\(role)_EMAIL"] = "\(place.user)@\(place.host)" }
        }
        return result
    }
}
