import Glibc
import TenonCore

/// Keeps a log from being taken for one that was left behind, and removes it when it is not needed any more.
package final class MetricsLogHold {
    private let path: String
    private let descriptor: CInt

    init(path: String, descriptor: CInt) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Whether something was logged.
    package var isEmpty: Bool {
        var status = stat()
        return fstat(descriptor, &status) != 0 || status.st_size == 0
    }

    /// Removes the log: what it says is recorded.
    package func remove() { unlink(path) }

    /// `error`, that the run could not be recorded, with where its log is left; without one the log is removed.
    package func left(after error: TenonError) -> TenonError {
        if isEmpty {
            remove()
            return error
        }
        var error = error
        let place = "what the command logged is left for a week in '\(displayName(path.utf8))'"
        error.hint = error.hint.map { "\($0); \(place)" } ?? place
        return error
    }

    deinit { close(descriptor) }
}
