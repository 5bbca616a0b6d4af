import Glibc
import Logging
import Synchronization
import TenonAPI
import TenonCore

/// The daemon's log: a file of JSON lines that only its owner can read, begun anew when it is large, and the terminal where one is wanted.
package final class LogFile: Sendable {
    private struct State {
        var descriptor: CInt
        var size: Int
    }

    package let path: String
    private let state: Mutex<State>
    private let echoes: Bool
    private let limit: Int

    /// Opens the file, and makes it and its directory where they are missing.
    ///
    /// - Parameters:
    ///   - echoes: write each line to standard error as well.
    ///   - limit: the size at which the file is renamed to `<path>.1` and begun anew.
    package init(path: String, echoes: Bool = false, limit: Int = 10 << 20) throws(TenonError) {
        self.path = path
        self.echoes = echoes
        self.limit = limit
        LogFile.makeDirectories(above: path)
        guard let opened = LogFile.open(path) else {
            throw TenonError(.io, "the log '\(displayName(path.utf8))' can't be written", cause: String(cString: strerror(errno)))
        }
        state = Mutex(opened)
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    /// A logger that writes here.
    package func logger(level: Logger.Level = .info) -> Logger {
        Logger(label: "tenond") { _ in FileLogHandler(file: self, logLevel: level) }
    }

    /// Appends a line, in one write, so that lines of two daemons never mix.
    func append(_ line: [UInt8]) {
        let bytes = line + [UInt8(ascii: "\n")]
        state.withLock { state in
            if state.size > 0, state.size + bytes.count > limit { rotate(&state) }
            bytes.withUnsafeBytes { buffer in
                // A log that can't be written must not stop the daemon.
                _ = write(state.descriptor, buffer.baseAddress, buffer.count)
                if echoes { _ = write(STDERR_FILENO, buffer.baseAddress, buffer.count) }
            }
            state.size += bytes.count
        }
    }

    private func rotate(_ state: inout State) {
        // Another store's daemon writes here too, and may have done it already.
        var named = stat()
        var own = stat()
        if stat(path, &named) == 0, fstat(state.descriptor, &own) == 0, named.st_ino == own.st_ino, named.st_dev == own.st_dev {
            rename(path, path + ".1")
        }
        guard let opened = LogFile.open(path) else { return }
        close(state.descriptor)
        state = opened
    }

    private static func open(_ path: String) -> State? {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            return nil
        }
        return State(descriptor: descriptor, size: Int(status.st_size))
    }

    private static func makeDirectories(above path: String) {
        var end = path.startIndex
        while let next = path[path.index(after: end)...].firstIndex(of: "/") {
            mkdir(String(path[..<next]), 0o700)
            end = next
        }
    }
}

/// Writes events as JSON lines: `time`, `level`, `message`, then the metadata.
private struct FileLogHandler: LogHandler {
    let file: LogFile
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(file: LogFile, logLevel: Logger.Level) {
        self.file = file
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        var line =
            "{\"time\":\(quoted(timestamp())),\"level\":\(quoted(event.level.rawValue)),\"pid\":\(getpid()),\"message\":\(quoted(event.message.description))"
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) { line += ",\(quoted(key)):\(quoted(value.description))" }
        file.append(Array((line + "}").utf8))
    }
}

/// The time as RFC 3339 has it, in UTC, with milliseconds.
private func timestamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    func padded(_ number: some BinaryInteger, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let day = "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
    return "\(day)T\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2)).\(padded(now.tv_nsec / 1_000_000, 3))Z"
}

/// `text` as a JSON string.
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
