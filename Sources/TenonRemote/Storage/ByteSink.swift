/// Takes an object's bytes as they come, in order. While it works no more are read: it holds the transfer back.
package protocol ByteSink: Sendable {
    /// Takes the next bytes, at most 1 MiB and never none. What it throws ends the transfer, and is thrown by the read as it is.
    func write(_ bytes: [UInt8]) async throws
}
