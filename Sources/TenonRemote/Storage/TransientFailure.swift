import TenonCore

/// A failure of one attempt that need not be one of the next: no connection, a broken one, a storage that says it is busy.
///
/// Whether the call was carried out is not known.
package struct TransientFailure: Error, Sendable {
    /// What to say if no further attempt is made.
    package let error: TenonError
    /// The storage answered, so it is alive: it may be given more time than one that is silent.
    package let isAnswer: Bool
    /// How long the storage asked to be left alone.
    package let delay: Duration?

    package init(_ error: TenonError, isAnswer: Bool, delay: Duration? = nil) {
        self.error = error
        self.isAnswer = isAnswer
        self.delay = delay
    }
}
