import Glibc
import TenonCore

/// Calls `body` again as long as a signal interrupts it.
func retryingInterrupts<Result: SignedInteger>(_ body: () -> Result) -> Result {
    while true {
        let result = body()
        if result != -1 || errno != EINTR { return result }
    }
}

/// What the operating system says of an error number, for people.
package func reason(_ number: CInt) -> String {
    String(cString: strerror(number))
}

/// Milliseconds on a clock that never steps.
func monotonicMilliseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int {
        Int(components.seconds) * 1000 + Int((components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

/// The whole content of a small file; `nil` if it can't be read or is longer than `limit`.
func contents(of path: String, limit: Int) -> [UInt8]? {
    let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 16 << 10)
    while true {
        let count = block.withUnsafeMutableBytes { buffer in retryingInterrupts { read(descriptor, buffer.baseAddress, buffer.count) } }
        guard count >= 0 else { return nil }
        if count == 0 { return bytes }
        bytes += block[..<count]
        if bytes.count > limit { return nil }
    }
}

/// Writes all of `bytes`; `false` leaves in `errno` why it could not.
package func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { buffer in retryingInterrupts { write(descriptor, buffer.baseAddress, buffer.count) } }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

/// The two ends of a pipe, to read from and to write to; neither is inherited by other programs.
func makePipe() throws(TenonError) -> (reading: CInt, writing: CInt) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw TenonError(.io, "no pipe could be made", cause: reason(errno)) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}
