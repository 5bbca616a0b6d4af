import TenonCore

/// One entry of a directory artifact.
package struct ManifestEntry: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        case file = 0
        case executable = 1
        case symlink = 2
        /// A directory that holds nothing; others follow from the paths in them.
        case directory = 3
    }

    /// Relative to the artifact, in any encoding.
    package let path: ArraySlice<UInt8>
    package let kind: Kind
    /// Of a file or executable file, in bytes; else 0.
    package let size: UInt64
    /// Of a file or executable file; of others all zero.
    package let oid: Digest
    /// Of a symlink, as it is; of others empty.
    package let target: ArraySlice<UInt8>

    /// The longest target of a symlink, in bytes.
    package static let maximumTargetLength = 4095

    static let noOID = Digest(words: (0, 0, 0, 0))

    init(path: ArraySlice<UInt8>, kind: Kind, size: UInt64, oid: Digest, target: ArraySlice<UInt8>) {
        self.path = path
        self.kind = kind
        self.size = size
        self.oid = oid
        self.target = target
    }

    package static func file(path: ArraySlice<UInt8>, size: UInt64, oid: OID, isExecutable: Bool = false) -> ManifestEntry {
        ManifestEntry(path: path, kind: isExecutable ? .executable : .file, size: size, oid: oid.digest, target: [])
    }

    package static func symlink(path: ArraySlice<UInt8>, target: ArraySlice<UInt8>) -> ManifestEntry {
        ManifestEntry(path: path, kind: .symlink, size: 0, oid: noOID, target: target)
    }

    package static func directory(path: ArraySlice<UInt8>) -> ManifestEntry {
        ManifestEntry(path: path, kind: .directory, size: 0, oid: noOID, target: [])
    }

    /// Whether it is a regular file, executable or not.
    package var isFile: Bool { kind == .file || kind == .executable }

    /// Whether `other` names the same content, whatever its path.
    package func hasSameContent(as other: ManifestEntry) -> Bool {
        kind == other.kind && size == other.size && oid == other.oid && target == other.target
    }

    /// The rule that a symlink's target breaks, or `nil`.
    static func reasonToRefuse(target: some Collection<UInt8>) -> String? {
        if target.isEmpty { return "a symlink has no target" }
        if target.count > maximumTargetLength { return "a symlink's target is longer than \(maximumTargetLength) bytes" }
        if target.contains(0) { return "a symlink's target holds a NUL byte" }
        return nil
    }

    /// Bytes that the entry takes in a node.
    var encodedLength: Int {
        let path = encodedLengthOfBytes(path.count)
        switch kind {
        case .file, .executable: return 1 + path + encodedLength(ofSize: size) + Digest.byteCount
        case .symlink: return 1 + path + encodedLengthOfBytes(target.count)
        case .directory: return 1 + path
        }
    }

    private func encodedLengthOfBytes(_ count: Int) -> Int { TenonFormat.encodedLength(ofInteger: UInt64(count)) + count }
    private func encodedLength(ofSize size: UInt64) -> Int { TenonFormat.encodedLength(ofInteger: size) }
}
