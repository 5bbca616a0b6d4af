import TenonCore

/// What stands on a remote while somebody pushes there: which lists of condemned objects were read before anything was decided.
package struct RemoteLease: Equatable, Sendable {
    /// Ids of the lists.
    package let known: Set<Digest>

    package static let maximumLength = 1 << 20
    private static let firstLine = "tenon-lease 1"

    package init(known: Set<Digest> = []) {
        self.known = known
    }

    /// The one valid encoding.
    package var bytes: [UInt8] {
        Array(([RemoteLease.firstLine] + known.sorted().map { "knows \($0.hex)" }).map { $0 + "\n" }.joined().utf8)
    }

    /// Throws `corrupt` for what is no lease, `unsupportedVersion` if a newer Tenon wrote it.
    package init(parsing bytes: [UInt8]) throws(TenonError) {
        var lines = try RemoteLines(parsing: bytes, firstLine: RemoteLease.firstLine, what: "a lease", limit: RemoteLease.maximumLength)
        var known: Set<Digest> = []
        var last: Digest?
        while let line = lines.next() {
            guard let id = RemoteLines.identifier(line, after: "knows "), last.map({ $0 < id }) ?? true else {
                throw lines.damaged("a line of it names no list, or is out of order")
            }
            last = id
            known.insert(id)
        }
        self.known = known
    }
}
