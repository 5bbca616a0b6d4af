import TenonCore

import struct Crypto.SHA256

/// SHA-256 of bytes that come in pieces.
package struct StreamingSHA256: ~Copyable {
    private var hasher = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hasher.update(bufferPointer: bytes)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    package consuming func finalize() -> Digest {
        Digest(hasher.finalize())
    }
}
