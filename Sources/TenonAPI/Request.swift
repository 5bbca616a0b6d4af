/// A request that a client sends to the daemon: `POST /v1/<verb>` with this value as its JSON body.
///
/// The answer is NDJSON, one `Event` a line; the last line is `done` or `error`. A stream that ends without one of these has failed.
/// Every request may be sent again: the same request after a crash leads to the same state.
package protocol Request: Codable, Sendable {
    /// What the last line, `done`, carries.
    associatedtype Reply: Codable & Sendable
    /// What `item` lines carry, for verbs whose results may be long.
    associatedtype Item: Codable & Sendable = NoItem
    /// The last component of the route, and the command's name.
    static var verb: String { get }
    /// Whether the work goes on when the client has gone away; else that cancels it.
    var outlivesClient: Bool { get }
}

extension Request {
    package var outlivesClient: Bool { false }
}

/// For verbs that send no `item` lines.
package struct NoItem: Codable, Sendable, Hashable {}

/// A request that is about one work tree.
package protocol WorkTreeRequest: Request {
    var workTree: WorkTreeContext { get }
}
