/// The one error of Tenon: the same in the engine, on the wire and in the terminal.
///
/// `message` says what failed and on what; `cause` why; `hint` what to do. None of them ends with a full stop or holds raw control characters.
package struct TenonError: Error, Sendable, Hashable {
    /// What kind of failure it is; stable, for programs.
    package enum Code: String, Sendable, Codable, CaseIterable {
        /// The request itself is wrong: a bad path, a bad option, a name that is refused.
        case invalidArgument = "invalid_argument"
        /// A path, revision, artifact or object that is not there.
        case notFound = "not_found"
        /// The thing is there already, or is tracked by someone else.
        case conflict
        /// An artifact is in a state that forbids the operation: moving, diverged, conflicted.
        case artifactState = "artifact_state"
        /// A file changed, shrank or vanished while it was read.
        case changedWhileReading = "changed_while_reading"
        /// Bytes that a pointer names are in no pack of the store.
        case missingContent = "missing_content"
        /// Stored or received bytes are not what they should be.
        case corrupt
        /// Written by a newer Tenon, or of a version that is not served.
        case unsupportedVersion = "unsupported_version"
        /// Not allowed: another owner, missing permission.
        case permission
        /// No space, or below the reserve.
        case noSpace = "no_space"
        /// The operating system refused a read, write, sync or rename.
        case io
        /// Git or libgit2 failed.
        case git
        /// Not a Git repository, or one without a work tree.
        case notARepository = "not_a_repository"
        /// The daemon can't be reached or started.
        case noDaemon = "no_daemon"
        /// Another process holds what is needed.
        case busy
        /// A remote can't be reached, or fails.
        case remote
        /// What a remote's storage is asked for, it can't do.
        case unsupported
        /// The client went away, or the daemon is stopping.
        case cancelled
        /// A defect of Tenon.
        case `internal`
    }

    package var code: Code
    package var message: String
    package var cause: String?
    package var hint: String?

    package init(_ code: Code, _ message: String, cause: String? = nil, hint: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.hint = hint
    }
}

extension TenonError: CustomStringConvertible {
    /// `message: cause`, without the hint.
    package var description: String {
        cause.map { "\(message): \($0)" } ?? message
    }
}

extension TenonError: Codable {}
