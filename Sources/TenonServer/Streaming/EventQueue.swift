/// The lines of an NDJSON answer on their way to the client.
final class EventQueue: Sendable {
    let outlet: Outlet

    init(limit: Int = 1 << 20, interval: Duration = .milliseconds(100)) {
        outlet = Outlet(limit: limit, interval: interval)
    }

    var isCancelled: Bool { outlet.isCancelled }

    /// Sends a line; waits for room, which blocks the calling thread.
    func push(_ line: [UInt8]) {
        (line + [UInt8(ascii: "\n")]).withUnsafeBytes { _ = outlet.push($0) }
    }

    /// Sends a line that may be replaced or dropped: progress.
    func setProgress(_ make: () throws -> [UInt8]) {
        outlet.setReplaceable { try make() + [UInt8(ascii: "\n")] }
    }

    /// Sends the last line.
    func finish(_ line: [UInt8]) { outlet.finish(line + [UInt8(ascii: "\n")]) }

    func cancel() { outlet.cancel() }

    /// As `cancel`, since the daemon leaves.
    func stop() { outlet.stop() }

    /// Lets the work go on while nobody reads its lines.
    func drop() { outlet.drop() }
}
