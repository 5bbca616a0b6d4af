import Glibc
import TenonAPI

/// A log that someone else writes, read from its end.
final class LogFile {
    private let descriptor: CInt
    /// What was read so far.
    private var position: off_t

    init(path: String) throws(TenonError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw TenonError(.notFound, "the log '\(displayName(path.utf8))' can't be read", cause: reason, hint: "it is there once a daemon has run")
        }
        position = 0
    }

    deinit { close(descriptor) }

    /// The last `count` lines, or fewer where the log has no more.
    func lastLines(_ count: Int) -> [UInt8] {
        position = max(0, lseek(descriptor, 0, SEEK_END))
        var start = position
        var tail: [UInt8] = []
        var seen = 0
        while start > 0, count > 0 {
            let size = min(start, 64 << 10)
            start -= size
            tail = read(size, at: start) + tail
            // The line feed at the very end closes the last line and opens none.
            seen = tail.dropLast().count { $0 == UInt8(ascii: "\n") }
            if seen >= count { break }
        }
        if count == 0 { return [] }
        var excess = seen - count + 1
        guard excess > 0 else { return tail }
        let cut = tail.firstIndex { byte in
            if byte == UInt8(ascii: "\n") { excess -= 1 }
            return excess == 0
        }
        return cut.map { Array(tail[($0 + 1)...]) } ?? tail
    }

    /// What was written since the last look; from the beginning where the log was started anew.
    func newBytes() -> [UInt8] {
        let end = lseek(descriptor, 0, SEEK_END)
        if end < position { position = 0 }
        let bytes = read(max(0, end - position), at: position)
        position += off_t(bytes.count)
        return bytes
    }

    private func read(_ count: off_t, at offset: off_t) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(count))
        let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, offset) }
        return Array(bytes.prefix(max(0, got)))
    }
}
