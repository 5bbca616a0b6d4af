import ArgumentParser
import TenonAPI

/// What commands that run Git for the person end with when it did not end well.
enum GitExit {
    /// Git's 1 stays 1 (nothing to commit, refused, conflict), its 129 is wrong usage, an interrupt stays one; all else could not be done.
    static func status(_ status: Int32) -> ExitCode {
        switch status {
        case 0, 1, 130: ExitCode(status)
        case 129: ExitCode(64)
        default: ExitCode(2)
        }
    }

    /// Ends the command if Git did not end well, which has said why on standard error. With `--json`, the document is an error; wrong usage gives none.
    static func check(_ status: Int32, _ message: String, _ command: String, _ console: Console) throws {
        guard status != 0 else { return }
        if console.isJSON, status != 129 {
            let error = TenonError(.git, message, cause: "'\(command)' ended with exit status \(status)", hint: "standard error has what Git says")
            try console.document(["error": error])
            console.flush()
        }
        throw Self.status(status)
    }
}
