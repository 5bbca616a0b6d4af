import Synchronization
import TenonCore

/// Where long work says how far it is, and asks whether it should go on. Read and written from any thread.
package final class ProgressSink: Sendable {
    /// Bytes and files, done and expected.
    package struct Totals: Hashable, Sendable {
        package var bytes: UInt64
        package var files: UInt64
        package var expectedBytes: UInt64
        package var expectedFiles: UInt64
    }

    private let bytes = Atomic<UInt64>(0)
    private let files = Atomic<UInt64>(0)
    private let expectedBytes = Atomic<UInt64>(0)
    private let expectedFiles = Atomic<UInt64>(0)
    private let cancelled = Atomic<Bool>(false)

    package init() {}

    /// Notes work that is done.
    package func add(bytes: UInt64, files: UInt64 = 0) {
        self.bytes.wrappingAdd(bytes, ordering: .relaxed)
        if files > 0 { self.files.wrappingAdd(files, ordering: .relaxed) }
    }

    /// Notes work that has been found and will be done.
    package func expect(bytes: UInt64, files: UInt64) {
        expectedBytes.wrappingAdd(bytes, ordering: .relaxed)
        expectedFiles.wrappingAdd(files, ordering: .relaxed)
    }

    package var totals: Totals {
        Totals(
            bytes: bytes.load(ordering: .relaxed), files: files.load(ordering: .relaxed),
            expectedBytes: expectedBytes.load(ordering: .relaxed), expectedFiles: expectedFiles.load(ordering: .relaxed))
    }

    /// Asks the work to stop at its next step; what has passed its commit point is finished.
    package func cancel() {
        cancelled.store(true, ordering: .relaxed)
    }

    package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// Throws `cancelled` once `cancel` has been called.
    package func check() throws(TenonError) {
        if isCancelled { throw TenonError(.cancelled, "the work was cancelled") }
    }
}
