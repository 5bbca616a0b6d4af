import TenonCore

/// What a node lists.
enum NodeKind: UInt8, Sendable {
    /// Entries of a directory.
    case tree = 1
    /// Chunks of a file.
    case chunks = 2
}

/// Constants and the head of nodes.
enum NodeFormat {
    static let magic: [UInt8] = [0x54, 0x4E, 0x4E, 0x44]
    static let version: UInt8 = 1
    /// A node may end after the entry with which its entries have this many bytes.
    static let minimumBodyLength = 2048
    /// The entries of a node have at most this many bytes.
    static let maximumBodyLength = 32768
    /// A node with these and no more levels below it; so a tree has at most 16 levels.
    static let maximumLevel: UInt8 = 15
    /// Mark, version, kind, level, and a count of at most three bytes.
    static let maximumHeadLength = 10
    static let maximumLength = maximumHeadLength + maximumBodyLength
    /// An entry ends its node if the first four bytes of its key's hash, as a little-endian integer, are below this: one in 64.
    static let cutBound: UInt32 = 1 << 26

    /// Whether the entry with this key hash (level 0 of a manifest: SHA-256 of the path; else: the id itself) ends a node long enough.
    static func isCut(_ keyHash: Digest) -> Bool {
        UInt32(truncatingIfNeeded: keyHash.words.0 >> 32).byteSwapped < cutBound
    }

    static func head(kind: NodeKind, level: UInt8, count: Int) -> [UInt8] {
        var result = magic
        result.reserveCapacity(maximumLength)
        result.append(version)
        result.append(kind.rawValue)
        result.append(level)
        result.appendInteger(UInt64(count))
        return result
    }

    /// Reads a node's head and returns its level and number of entries, which `reader` then stands before.
    static func readHead(_ reader: inout ByteReader, kind: NodeKind, damaged: (String) -> TenonError) throws -> (level: UInt8, count: Int) {
        for expected in magic where reader.readByte() != expected {
            throw damaged("it does not begin with the mark of a node")
        }
        guard let version = reader.readByte() else { throw damaged("it is cut off") }
        guard version == NodeFormat.version else {
            throw TenonError(
                .unsupportedVersion, "a node has format version \(version)", cause: "this Tenon reads version \(NodeFormat.version)",
                hint: "install a newer Tenon")
        }
        guard reader.readByte() == kind.rawValue else { throw damaged("it is not of the kind that is looked for") }
        guard let level = reader.readByte(), level <= maximumLevel else { throw damaged("its level is above \(maximumLevel)") }
        // No entry is shorter than three bytes.
        guard let count = reader.readInteger(), count <= UInt64(reader.remaining / 3) else { throw damaged("its number of entries is not possible") }
        guard reader.remaining <= maximumBodyLength else { throw damaged("it is longer than \(maximumBodyLength) bytes") }
        return (level, Int(count))
    }
}
