/// An identifier that is the SHA-256 of something; each kind of thing has a type of its own.
package protocol DigestIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    var digest: Digest { get }
    init(_ digest: Digest)
}

extension DigestIdentifier {
    package static func < (left: Self, right: Self) -> Bool { left.digest < right.digest }

    /// As it stands in pointers and messages: `sha256:` and 64 hexadecimal digits.
    package var description: String { "sha256:" + digest.hex }

    /// Reads `sha256:` followed by 64 lowercase hexadecimal digits; anything else gives `nil`.
    package init?(text: some StringProtocol) {
        guard text.hasPrefix("sha256:"), let digest = Digest(hex: text.dropFirst("sha256:".count)) else { return nil }
        self.init(digest)
    }
}

/// The identity of an artifact's content: SHA-256 of a file, or the directory hash (in-toto `dirHash`) of a directory.
package struct OID: DigestIdentifier {
    package let digest: Digest
    package init(_ digest: Digest) { self.digest = digest }
}

/// SHA-256 of a chunk's bytes.
package struct ChunkID: DigestIdentifier {
    package let digest: Digest
    package init(_ digest: Digest) { self.digest = digest }
}

/// SHA-256 of a node's bytes, in the tree of a manifest or of a recipe.
package struct NodeID: DigestIdentifier {
    package let digest: Digest
    package init(_ digest: Digest) { self.digest = digest }
}

/// SHA-256 of a pack file; also its name.
package struct PackID: DigestIdentifier {
    package let digest: Digest
    package init(_ digest: Digest) { self.digest = digest }
}

/// SHA-256 of a run record.
package struct RunID: DigestIdentifier {
    package let digest: Digest
    package init(_ digest: Digest) { self.digest = digest }
}
