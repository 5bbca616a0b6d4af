import Glibc
import TenonCore

/// What a command has logged of its metrics so far: a file to which `tenon metric` appends a line of JSON each time. No daemon takes part.
///
/// Each line is one write to a file that is open for appending, so lines of several processes never mix (write(2), O_APPEND).
package struct MetricsLog: Sendable {
    /// The variable by which a command finds the log of its run.
    package static let variable = "TENON_RUN_METRICS"
    /// A longer log takes no more, in bytes.
    package static let maximumLength: Int64 = 32 << 20
    private static let maximumLine = 16 << 10
    private static let maximumName = 200
    /// For the last values so much is read from the end, and from the beginning for what is logged once, in bytes.
    private static let tail: off_t = 64 << 10
    private static let head = 16 << 10
    /// A log that nobody holds any more is removed after so many seconds.
    private static let abandonedAge = 7 * 86_400

    /// Absolute path of the file.
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Makes an empty log in `directory`, which is made if need be, and removes those that nobody holds any more.
    ///
    /// - Returns: the log, and what keeps it from being taken for one that was left behind.
    package static func make(in directory: String) throws(TenonError) -> (log: MetricsLog, hold: MetricsLogHold) {
        let what = "metrics can't be logged"
        let parent = String(directory.prefix(upTo: directory.lastIndex(of: "/") ?? directory.endIndex))
        for path in [parent, directory] where mkdir(path, 0o777) != 0 && errno != EEXIST {
            throw TenonError(.io, what, cause: "'\(displayName(path.utf8))' can't be made: \(reason(errno))")
        }
        removeAbandoned(in: directory)
        let name = (0..<8).map { _ in UInt8.random(in: 0...255) }.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let log = MetricsLog(path: "\(directory)/\(name).jsonl")
        let descriptor = open(log.path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TenonError(.io, what, cause: "'\(displayName(log.path.utf8))' can't be made: \(reason(errno))") }
        flock(descriptor, LOCK_EX | LOCK_NB)
        return (log, MetricsLogHold(path: log.path, descriptor: descriptor))
    }

    /// Those of clients that were killed, or could not record their run: their locks are free. A new one is held a moment after it is made, so the
    /// youngest are left alone.
    private static func removeAbandoned(in directory: String) {
        for name in SmallSystemFile.names(in: directory) where name.hasSuffix(".jsonl") {
            let path = "\(directory)/\(name)"
            let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, time(nil) - status.st_mtim.tv_sec > abandonedAge, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                continue
            }
            unlink(path)
        }
    }

    // MARK: Writing

    /// Appends one line: numbers by name, at a step of the training if it is given. Waits for nobody.
    ///
    /// - Parameter time: milliseconds since 1970 UTC.
    package func append(_ values: [(name: String, value: Double)], step: Int64?, time: UInt64) throws(TenonError) {
        let what = "the metric is not logged"
        guard !values.isEmpty else { throw TenonError(.invalidArgument, what, cause: "none is given", hint: "tenon metric loss=0.25 --step 100") }
        for (name, _) in values {
            guard !name.isEmpty, name.utf8.count <= MetricsLog.maximumName,
                !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
            else {
                throw TenonError(
                    .invalidArgument, what,
                    cause: "the name '\(displayName(name.utf8.prefix(40)))' is empty, longer than \(MetricsLog.maximumName) bytes, or no text")
            }
        }
        let line = MetricsLine(values, step: step, time: time).bytes
        guard line.count <= MetricsLog.maximumLine else {
            throw TenonError(
                .invalidArgument, what, cause: "the line has more than \(MetricsLog.maximumLine) bytes", hint: "log fewer values at once")
        }
        let descriptor = retryingInterrupts { open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
        guard descriptor >= 0 else {
            let number = errno
            throw TenonError(
                number == ENOENT ? .notFound : .io, what, cause: "'\(displayName(path.utf8))' can't be opened: \(reason(number))",
                hint: number == ENOENT ? "the run has ended" : nil)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw TenonError(.io, what, cause: "'\(displayName(path.utf8))' is no regular file")
        }
        guard status.st_size < MetricsLog.maximumLength else {
            throw TenonError(
                .noSpace, what, cause: "the run's log has \(MetricsLog.maximumLength >> 20) MiB and takes no more", hint: "log every hundredth step")
        }
        // A disk that was full may have left half a line.
        var last = UInt8(ascii: "\n")
        if status.st_size > 0 { _ = pread(descriptor, &last, 1, status.st_size - 1) }
        let bytes = last == UInt8(ascii: "\n") ? line : [UInt8(ascii: "\n")] + line
        let count = bytes.withUnsafeBytes { buffer in retryingInterrupts { write(descriptor, buffer.baseAddress, buffer.count) } }
        guard count == bytes.count else { throw TenonError(.noSpace, what, cause: count < 0 ? reason(errno) : "the disk is full") }
    }

    // MARK: Reading

    /// The last value of each metric, of what is at the end of the log and at its beginning; nothing where there is no log. What is damaged is passed over.
    package func last() -> [String: MetricPoint] {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return [:] }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [:] }
        var result: [String: MetricPoint] = [:]
        let start = max(0, status.st_size - MetricsLog.tail)
        if start > 0 { MetricsLog.take(lines(descriptor, from: 0, count: min(MetricsLog.head, Int(start)), isCut: false), &result) }
        MetricsLog.take(lines(descriptor, from: start, count: Int(status.st_size - start), isCut: start > 0), &result)
        return result
    }

    private func lines(_ descriptor: CInt, from offset: off_t, count: Int, isCut: Bool) -> [ArraySlice<UInt8>] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { buffer in retryingInterrupts { pread(descriptor, buffer.baseAddress, buffer.count, offset) } }
        let lines = bytes.prefix(max(0, got)).split(separator: UInt8(ascii: "\n"))
        // The first may be the rest of a line.
        return Array(isCut ? lines.dropFirst() : lines[...])
    }

    private static func take(_ lines: [ArraySlice<UInt8>], _ result: inout [String: MetricPoint]) {
        for line in lines {
            guard let line = MetricsLine(parsing: line) else { continue }
            for (name, value) in line.metrics { result[name] = MetricPoint(value: value.value, step: line.step, time: line.time) }
        }
    }
}
