import TenonCore

/// What a node above knows of a node below it.
struct NodeSummary: Hashable, Sendable {
    let id: NodeID
    /// Of the node, in bytes.
    let length: UInt64
    /// Entries at level 0 below it.
    let entryCount: UInt64
    /// Sum of their sizes.
    let size: UInt64

    init(id: NodeID, length: UInt64, entryCount: UInt64, size: UInt64) {
        self.id = id
        self.length = length
        self.entryCount = entryCount
        self.size = size
    }

    init(reading reader: inout ByteReader, damaged: (String) -> TenonError) throws {
        guard let id = reader.readDigest(), let length = reader.readInteger(), let entryCount = reader.readInteger(),
            let size = reader.readInteger()
        else { throw damaged("an entry is cut off") }
        guard length <= UInt64(NodeFormat.maximumLength), entryCount >= 1 else { throw damaged("an entry names a node that can't be") }
        self.init(id: NodeID(id), length: length, entryCount: entryCount, size: size)
    }

    /// Appends the summary as it stands in a node's entry.
    func append(to bytes: inout [UInt8]) {
        id.digest.append(to: &bytes)
        bytes.appendInteger(length)
        bytes.appendInteger(entryCount)
        bytes.appendInteger(size)
    }

    /// Throws unless a node of `byteCount` bytes at `level` with `shape` is the one that this names.
    func check(byteCount: Int, level: UInt8, expectedLevel: UInt8, shape: NodeShape, what: String) throws {
        let cause: String
        if level != expectedLevel {
            cause = "its level is \(level), not \(expectedLevel)"
        } else if UInt64(byteCount) != length {
            cause = "it has \(byteCount) bytes, not the \(length) that the node above it says"
        } else if shape.entryCount != entryCount || shape.size != size {
            cause = "its entries or sizes don't add up to what the node above it says"
        } else {
            return
        }
        throw TenonError(.corrupt, "\(what) node \(id) is damaged", cause: cause)
    }
}
