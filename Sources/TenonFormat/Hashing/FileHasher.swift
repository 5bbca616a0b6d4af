import TenonCore

import struct Crypto.SHA256

/// A file's oid and its chunks' ids from one pass over its bytes.
///
/// Where the processor has SHA-256 instructions, both hashes advance together, two streams at once; elsewhere one after the other.
/// A file of one chunk is hashed once.
package struct FileHasher: ~Copyable {
    private var state: State

    private enum State {
        case empty
        /// The file was one chunk, with this id.
        case single(ChunkID)
        case kernel(SHA256State)
        case plain(SHA256)
    }

    private let usesKernel: Bool

    package init() {
        self.init(usesKernel: SHA256State.isAvailable)
    }

    init(usesKernel: Bool) {
        self.usesKernel = usesKernel
        state = .empty
    }

    /// Takes the file's next chunk, whole, and returns its id. `isLast` says that the file ends with it; after that, no more chunks.
    package mutating func add(_ chunk: UnsafeRawBufferPointer, isLast: Bool) -> ChunkID {
        switch state {
        case .empty where isLast:
            let id = ChunkID(SHA256Hasher.hash(chunk))
            state = .single(id)
            return id
        case .empty:
            return usesKernel ? addWithKernel(chunk, to: SHA256State()) : addPlainly(chunk, to: SHA256())
        case .kernel(let file):
            return addWithKernel(chunk, to: file)
        case .plain(let file):
            return addPlainly(chunk, to: file)
        case .single:
            preconditionFailure("a chunk after the last one")
        }
    }

    /// The file's oid. Of a file without chunks: SHA-256 of nothing.
    package consuming func finalize() -> OID {
        switch state {
        case .empty: OID(SHA256Hasher.hash(UnsafeRawBufferPointer(start: nil, count: 0)))
        case .single(let id): OID(id.digest)
        case .kernel(var file): OID(file.digest())
        case .plain(let file): OID(Digest(file.finalize()))
        }
    }

    private mutating func addWithKernel(_ chunk: UnsafeRawBufferPointer, to fileSoFar: SHA256State) -> ChunkID {
        var file = fileSoFar
        var own = SHA256State()
        SHA256State.update(&file, &own, chunk)
        state = .kernel(file)
        return ChunkID(own.digest())
    }

    private mutating func addPlainly(_ chunk: UnsafeRawBufferPointer, to fileSoFar: SHA256) -> ChunkID {
        var file = fileSoFar
        file.update(bufferPointer: chunk)
        state = .plain(file)
        return ChunkID(SHA256Hasher.plainHash(chunk))
    }
}
