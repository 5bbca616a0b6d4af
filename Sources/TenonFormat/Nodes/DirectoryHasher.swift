import TenonCore

/// The oid of a directory: in-toto's `dirHash` (Go's `Hash1`, in hex).
///
/// SHA-256 of one line `<64 hex>  <path>` for each regular file, in byte order of the whole path. Symlinks and empty directories are not part
/// of it.
package struct DirectoryHasher: ~Copyable {
    private var hasher = StreamingSHA256()
    private var pending: [UInt8] = []
    private static let flushLength = 1 << 16

    package init() {
        pending.reserveCapacity(DirectoryHasher.flushLength + RelativePath.maximumLength + 80)
    }

    /// Adds the next regular file. Files must come in byte order of their whole paths.
    package mutating func add(path: UnsafeRawBufferPointer, oid: OID) {
        // Hexadecimal digits are written in place, not through a string.
        withUnsafeTemporaryAllocation(byteCount: 2 * Digest.byteCount, alignment: 1) { hex in
            oid.digest.writeHex(into: hex)
            pending.append(contentsOf: hex)
        }
        pending.append(UInt8(ascii: " "))
        pending.append(UInt8(ascii: " "))
        pending.append(contentsOf: path)
        pending.append(0x0A)
        if pending.count >= DirectoryHasher.flushLength { flush() }
    }

    package mutating func add(path: ArraySlice<UInt8>, oid: OID) {
        path.withUnsafeBytes { add(path: $0, oid: oid) }
    }

    package consuming func finalize() -> OID {
        flush()
        return OID(hasher.finalize())
    }

    private mutating func flush() {
        hasher.update(pending)
        pending.removeAll(keepingCapacity: true)
    }
}
