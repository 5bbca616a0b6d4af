import Glibc
import Synchronization
import TenonCore

/// A file that is being written from beginning to end.
///
/// A write or sync that fails condemns it: every later call throws, since Linux may have dropped the pages and would call the next sync a
/// success. Its bytes are then written again from their source, into another file.
package final class WritableFile: Sendable {
    package let path: String
    private let faults: FaultPlan?

    private struct State {
        /// -1 once closed.
        var descriptor: Int32
        var byteCount: UInt64 = 0
        /// Bytes whose writing back has been started.
        var flushedCount: UInt64 = 0
        var condemned: TenonError?
    }

    private let state: Mutex<State>

    init(descriptor: Int32, path: String, faults: FaultPlan?) {
        self.path = path
        self.faults = faults
        state = Mutex(State(descriptor: descriptor))
    }

    deinit {
        close()
    }

    /// Bytes written so far.
    package var byteCount: UInt64 { state.withLock { $0.byteCount } }

    /// Appends all of `buffer`.
    package func write(_ buffer: UnsafeRawBufferPointer) throws(TenonError) {
        try perform { state throws(TenonError) in
            try faults?.check(.write(path, count: buffer.count))
            let descriptor = state.descriptor
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = try systemCall("write", path) {
                    Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                }
                rest = rest.dropFirst(count)
                state.byteCount += UInt64(count)
            }
        }
    }

    /// Appends all of `bytes`.
    package func write(_ bytes: [UInt8]) throws(TenonError) {
        let result = bytes.withUnsafeBytes { buffer in Result { () throws(TenonError) in try write(buffer) } }
        try result.get()
    }

    /// Asks the kernel to begin writing back what was written since the last call, once that is `threshold` bytes: the sync at the end then
    /// has little left to wait for. Promises nothing.
    package func startWriteback(threshold: UInt64) {
        state.withLock { state in
            guard state.descriptor >= 0, state.byteCount - state.flushedCount >= threshold else { return }
            let length = state.byteCount - state.flushedCount
            // `sync_file_range` would say it outright, but Swift's Glibc lacks it; this begins writing back too (mm/fadvise.c in Linux), and drops
            // only pages that are clean.
            _ = posix_fadvise(state.descriptor, off_t(state.flushedCount), off_t(length), POSIX_FADV_DONTNEED)
            state.flushedCount = state.byteCount
        }
    }

    /// Forces data and length to disk.
    package func synchronize() throws(TenonError) {
        try perform { state throws(TenonError) in
            try faults?.check(.synchronize(path))
            let descriptor = state.descriptor
            // POSIX lets a sync be interrupted; Linux does not. One that fails for any reason is not tried again.
            guard fdatasync(descriptor) == 0 else { throw TenonError(errno: errno, "can't synchronize '\(displayName(path.utf8))'") }
        }
    }

    /// Closes the descriptor; safe to repeat.
    package func close() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            _ = Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    private func perform(_ body: (inout State) throws(TenonError) -> Void) throws(TenonError) {
        try state.withLock { state throws(TenonError) in
            if let condemned = state.condemned { throw condemned }
            guard state.descriptor >= 0 else { throw TenonError(.internal, "'\(path)' is written after it was closed") }
            do throws(TenonError) {
                try body(&state)
            } catch {
                state.condemned = error
                throw error
            }
        }
    }
}
