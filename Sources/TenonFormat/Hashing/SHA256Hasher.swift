import TenonCore

import struct Crypto.SHA256
import struct Crypto.SHA256Digest

/// SHA-256 of bytes that lie in memory as a whole.
package enum SHA256Hasher {
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        if SHA256State.isAvailable {
            var state = SHA256State()
            state.update(bytes)
            return state.digest()
        }
        return plainHash(bytes)
    }

    package static func hash(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { hash($0) }
    }

    /// The same without the kernel, on every processor.
    static func plainHash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return Digest(hasher.finalize())
    }
}

extension Digest {
    /// What swift-crypto returns, as a value of ours.
    init(_ value: SHA256Digest) {
        self = value.withUnsafeBytes { Digest(loading: $0) }
    }
}
