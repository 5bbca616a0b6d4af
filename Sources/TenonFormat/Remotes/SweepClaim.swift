import TenonCore

/// Who sweeps a remote: the lock under `sweep/lock`.
package struct SweepClaim: Equatable, Sendable {
    /// Id of the store whose daemon sweeps.
    package let store: String
    /// For people: visible ASCII characters or spaces, at most 128.
    package let writer: String
    /// 32 hexadecimal digits, drawn at random.
    package let nonce: String

    package static let maximumLength = 1024
    private static let firstLine = "tenon-sweep 1"

    package init(store: String, writer: String, nonce: String) {
        self.store = store
        self.writer = writer
        self.nonce = nonce
    }

    package var bytes: [UInt8] { Array("\(SweepClaim.firstLine)\nstore \(store)\nwriter \(writer)\nnonce \(nonce)\n".utf8) }

    /// Throws `corrupt` for what is no lock, `unsupportedVersion` if a newer Tenon wrote it.
    package init(parsing bytes: [UInt8]) throws(TenonError) {
        var lines = try RemoteLines(parsing: bytes, firstLine: SweepClaim.firstLine, what: "the lock of a sweep", limit: SweepClaim.maximumLength)
        store = try lines.take("store")
        writer = try lines.take("writer")
        nonce = try lines.take("nonce")
        guard RemoteName.isIdentifier(nonce), lines.next() == nil else { throw lines.damaged("it is not as it should be") }
    }
}
