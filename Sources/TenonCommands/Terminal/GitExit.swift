import ArgumentParser

/// What `tenon commit` and `tenon checkout` end with when Git did not end well.
enum GitExit {
    /// Git's 1 stays 1 (nothing to commit, refused, conflict), its 129 is wrong usage, an interrupt stays one; all else could not be done.
    static func status(_ status: Int32) -> ExitCode {
        switch status {
        case 0, 1, 130: ExitCode(status)
        case 129: ExitCode(64)
        default: ExitCode(2)
        }
    }
}
