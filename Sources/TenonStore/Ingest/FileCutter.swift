import Glibc
import TenonCore
import TenonFormat

/// Reads files one after the other, cuts and hashes them in one pass, and keeps the chunks that the store lacks; for one thread.
///
/// Its buffer holds kept chunks, then bytes that are not cut yet. Where all chunks are new they stay where they were read: nothing is copied.
final class FileCutter {
    /// Where full blocks go.
    struct Sink {
        /// A buffer to go on with if another thread may compress the block; `nil` if this one must.
        let reserve: () -> BlockBuffer?
        /// Gives a block to other threads, after `reserve` gave a buffer.
        let submit: (PendingBlock) -> Void
        /// Compresses a block here; its buffer is free afterwards.
        let compress: (PendingBlock) throws -> Void
    }

    private let session: PackSession
    private let metadata: MetadataWriter
    private let progress: ProgressSink
    private let sink: Sink

    private var buffer = BlockBuffer()
    private var chunks: [BlockChunk] = []
    /// Bytes of kept chunks at the start of the buffer.
    private var kept = 0
    /// The bytes that are not cut yet.
    private var start = 0
    private var end = 0
    /// Where in its file `start` is.
    private var offset: UInt64 = 0
    private var header: SafetensorsLayout?

    private(set) var readBytes: UInt64 = 0
    private(set) var newBytes: UInt64 = 0

    /// What is read at a time from a large file.
    private static let readLength = 1 << 20
    /// Below this, room is made before more is read.
    private static let minimumRoom = Chunker.maximum

    init(session: PackSession, metadata: MetadataWriter, progress: ProgressSink, sink: Sink) {
        self.session = session
        self.metadata = metadata
        self.progress = progress
        self.sink = sink
    }

    /// Reads an open file of `size` bytes to its end and returns its oid; `nil` if it is shorter.
    ///
    /// New chunks go to blocks of at most `blockLength`; chunks of a file that turned out to be changing are kept too: they are what was read.
    func cut(_ descriptor: Int32, size: UInt64, blockLength: Int, name: @autoclosure () -> [UInt8]) throws -> OID? {
        if size > UInt64(Chunker.maximum) { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }
        start = kept
        end = kept
        offset = 0
        header = nil
        var chunker = Chunker()
        var hasher = FileHasher()
        var recipe = RecipeDraft(metadata: metadata)
        var read: UInt64 = 0
        while read < size {
            try makeRoom(blockLength: blockLength)
            let wanted = Int(min(size - read, UInt64(min(buffer.memory.count - end, FileCutter.readLength))))
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[end..<(end + wanted)])
            guard try SteadyRead.fill(target, from: descriptor, name()) == wanted else { return nil }
            if read == 0 { header = SafetensorsLayout(fileStart: UnsafeRawBufferPointer(target), fileSize: size) }
            end += wanted
            read += UInt64(wanted)
            readBytes += UInt64(wanted)
            progress.add(bytes: UInt64(wanted))
            try progress.check()
            let isEnd = read == size
            while let length = chunker.next(in: UnsafeRawBufferPointer(rebasing: buffer.memory[start..<end]), isEnd: isEnd) {
                let chunk = UnsafeRawBufferPointer(rebasing: buffer.memory[start..<(start + length)])
                let id = hasher.add(chunk, isLast: isEnd && start + length == end)
                try recipe.add(id, length: UInt32(length))
                try take(id, length: length, blockLength: blockLength)
            }
        }
        let oid = hasher.finalize()
        try recipe.finish(oid: oid)
        return oid
    }

    /// Hands on the block that is growing, whatever its length.
    func flush() throws {
        start = 0
        end = 0
        try handOn()
    }

    /// Passes over the chunk at `start`, keeping it if it is new.
    private func take(_ id: ChunkID, length: Int, blockLength: Int) throws {
        if session.claim(ObjectKey(type: .data, id: id.digest)) == .new {
            if kept + length > blockLength, kept > 0 { try handOn() }
            if start != kept, let base = buffer.memory.baseAddress { memmove(base + kept, base + start, length) }
            chunks.append(BlockChunk(id: id.digest, length: UInt32(length), fileOffset: offset))
            kept += length
            newBytes += UInt64(length)
        }
        start += length
        offset += UInt64(length)
    }

    /// Sees to it that bytes can be read behind those that are not cut yet.
    private func makeRoom(blockLength: Int) throws {
        if start == end {
            start = kept
            end = kept
        }
        if buffer.memory.count - end >= FileCutter.minimumRoom { return }
        moveRest(to: kept)
        if buffer.memory.count - end < FileCutter.minimumRoom { try handOn() }
    }

    private func moveRest(to place: Int) {
        guard start != place, let base = buffer.memory.baseAddress else { return }
        memmove(base + place, base + start, end - start)
        end = place + end - start
        start = place
    }

    /// Gives the kept chunks to the sink and goes on with the rest at the front of a buffer.
    private func handOn() throws {
        guard kept > 0 else { return }
        let block = PendingBlock(buffer: buffer, chunks: chunks, length: kept, layout: header?.layout(of: chunks))
        let rest = UnsafeRawBufferPointer(rebasing: buffer.memory[start..<end])
        if let next = sink.reserve() {
            // Copied before the block is given away: from then on the memory is another thread's.
            next.memory.copyMemory(from: rest)
            buffer = next
            sink.submit(block)
        } else {
            try sink.compress(block)
            if let base = buffer.memory.baseAddress, let source = rest.baseAddress { memmove(base, source, rest.count) }
        }
        end = rest.count
        start = 0
        kept = 0
        chunks.removeAll(keepingCapacity: true)
    }
}
