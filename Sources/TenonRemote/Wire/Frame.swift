/// One message of the protocol between `tenon` here and `tenon serve --stdio` at the other end of an SSH connection.
///
/// On the wire: `u32` length of what follows, `u8` kind, `u32` request, payload. Many requests are under way at once, told apart by their numbers,
/// which the client chooses. docs/decisions/ssh-protocol.md says why.
struct Frame: Sendable, Equatable {
    enum Kind: UInt8, Sendable {
        // From the client.
        case prepare = 1
        case list = 2
        case head = 3
        case read = 4
        case create = 5
        case replace = 6
        case delete = 7
        /// So many more bytes may be sent for a read.
        case credit = 8
        /// No more is wanted of this request.
        case cancel = 9
        // From either side: bytes of an object.
        case data = 16
        // From the server: the end of a request.
        case done = 32
        case failed = 33
    }

    var kind: Kind
    var request: UInt32
    var payload: [UInt8] = []

    /// Bytes before the payload.
    static let headLength = 9
    /// The longest payload.
    static let maximumPayload = (1 << 20) + 4096
    /// Bytes of an object in one frame: short, so that other requests get their turn.
    static let dataLength = 256 << 10
    /// How much of a read may be under way before the reader has taken it.
    static let window: UInt32 = 2 << 20

    /// The bytes before the payload.
    var head: [UInt8] {
        var writer = WireWriter()
        writer.put(UInt32(payload.count + Frame.headLength - 4))
        writer.put(kind.rawValue)
        writer.put(request)
        return writer.bytes
    }
}
