import TenonAPI

/// Where a verb sends what it has to say before its reply. Whoever serves the request makes it, and says what becomes of each line.
package final class Reporter<R: Request>: Sendable {
    private let onProgress: @Sendable (Progress) -> Void
    private let onItem: @Sendable (R.Item) -> Void
    private let onWarning: @Sendable (String) -> Void
    private let cancelled: @Sendable () -> Bool

    /// All closures may be called from any thread. `item` may block until there is room: results are never dropped.
    package init(
        progress: @escaping @Sendable (Progress) -> Void = { _ in }, item: @escaping @Sendable (R.Item) -> Void = { _ in },
        warning: @escaping @Sendable (String) -> Void = { _ in }, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        onProgress = progress
        onItem = item
        onWarning = warning
        cancelled = isCancelled
    }

    package func progress(_ progress: Progress) { onProgress(progress) }
    package func item(_ item: R.Item) { onItem(item) }
    package func warn(_ message: String) { onWarning(message) }

    /// Whether the client went away, or the daemon is stopping.
    package var isCancelled: Bool { cancelled() }
}
