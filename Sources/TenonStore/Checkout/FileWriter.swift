import Glibc
import Synchronization
import TenonCore
import TenonFormat

/// Writes files from stored chunks into a folder of our own, on several threads, and notes the stat that each has then.
final class FileWriter: Sendable {
    private let store: Store
    private let entries: [ManifestEntry]
    private let plan: WritePlan
    private let progress: ProgressSink
    private let durability: CheckoutDurability
    private let mask: CreationMask
    private let folder: DirectoryHandle
    /// The name of a file in `folder`.
    private let name: @Sendable (Int) -> [UInt8]
    private let stamps: Mutex<[Int: FileStamp]>
    private let largeFiles: [Int: LargeFile]

    /// SHA-256 of the longest chunk of zeros; such chunks become holes.
    private static let zeroChunk = SHA256Hasher.hash([UInt8](repeating: 0, count: Chunker.maximum))

    /// Bytes up to which chunks are gathered for one write.
    private static let runLength = 1 << 20

    /// A file that several threads write parts of.
    private final class LargeFile: Sendable {
        struct State {
            var descriptor: Int32 = -1
            var parts: Int
        }

        let state: Mutex<State>
        init(parts: Int) { state = Mutex(State(parts: parts)) }

        deinit {
            state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
        }
    }

    init(
        _ plan: WritePlan, of entries: [ManifestEntry], into folder: DirectoryHandle, durability: CheckoutDurability, mask: CreationMask,
        store: Store, progress: ProgressSink, name: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.plan = plan
        self.entries = entries
        self.folder = folder
        self.store = store
        self.progress = progress
        self.durability = durability
        self.mask = mask
        self.name = name
        stamps = Mutex([:])
        largeFiles = plan.largeFiles.mapValues { LargeFile(parts: $0) }
    }

    /// Writes all files; returns the stat of each when it was closed.
    func run() throws -> [Int: FileStamp] {
        let next = Atomic<Int>(0)
        let failed = Atomic<Bool>(false)
        MemoryTuning.apply()
        try ThreadTeam.run(max(1, min(plan.jobs.count, ThreadTeam.preferredCount))) { _ in
            do {
                while !failed.load(ordering: .relaxed) {
                    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard index < plan.jobs.count else { return }
                    try progress.check()
                    switch plan.jobs[index] {
                    case .small(let run): try writeSmall(run)
                    case .large(let file, let part): try writeLarge(file, part)
                    }
                }
            } catch {
                failed.store(true, ordering: .relaxed)
                throw error
            }
        }
        return stamps.withLock { $0 }
    }

    private func writeSmall(_ run: Range<Int>) throws {
        var written: [(Int, FileStamp)] = []
        for index in run {
            let small = plan.smallFiles[index]
            let descriptor = try create(small.file)
            defer { close(descriptor) }
            var offset: UInt64 = 0
            for piece in plan.pieces[small.pieces] {
                let bytes = try store.bytes(of: ObjectKey(type: .data, id: piece.id), at: piece.location, proof: .checksum)
                try bytes.withUnsafeBytes { try write($0, descriptor, at: offset, small.file) }
                offset += UInt64(bytes.count)
            }
            written.append((small.file, try finish(descriptor, small.file)))
        }
        stamps.withLock { stamps in
            for (file, stamp) in written { stamps[file] = stamp }
        }
    }

    private func writeLarge(_ file: Int, _ part: Range<UInt64>) throws {
        guard let large = largeFiles[file] else { return }
        let descriptor = try large.state.withLock { state in
            if state.descriptor < 0 { state.descriptor = try create(file) }
            return state.descriptor
        }
        let entry = entries[file]
        // Chunks that lie side by side in a block are written at once: the kernel copies long pieces into long folios.
        var run: (bytes: StoredBytes, offset: UInt64)?
        func writeRun() throws {
            guard let (bytes, offset) = run else { return }
            run = nil
            try bytes.withUnsafeBytes { try self.write($0, descriptor, at: offset, file) }
        }
        func write(_ id: Digest, at offset: UInt64) throws {
            if id == FileWriter.zeroChunk {
                progress.add(bytes: UInt64(Chunker.maximum))
                return
            }
            let bytes = try store.bytes(of: ObjectKey(type: .data, id: id), proof: .checksum)
            if let last = run, last.offset + UInt64(last.bytes.count) == offset, last.bytes.count < FileWriter.runLength,
                let joined = last.bytes.joined(with: bytes)
            {
                run = (joined, last.offset)
            } else {
                try writeRun()
                run = (bytes, offset)
            }
        }
        if let recipe = try store.recipe(of: OID(entry.oid), size: entry.size) {
            try recipe.forEach(in: part) { chunk in
                // A chunk that begins before the part belongs to the thread that writes the part before.
                if part.contains(chunk.offset) {
                    try progress.check()
                    try write(chunk.id.digest, at: chunk.offset)
                }
            }
        } else if part.lowerBound == 0 {
            try write(entry.oid, at: 0)
        }
        try writeRun()
        if durability == .atOnce {
            // The disk begins now, so that the sync at the end has little left to wait for.
            LinuxCalls.beginWriteback(descriptor, offset: part.lowerBound, length: part.upperBound - part.lowerBound)
        }
        let isLast = large.state.withLock { state in
            state.parts -= 1
            return state.parts == 0
        }
        guard isLast else { return }
        try systemCall("set the length of", text(file)) { ftruncate(descriptor, off_t(entry.size)) }
        let stamp = try finish(descriptor, file)
        large.state.withLock { state in
            close(state.descriptor)
            state.descriptor = -1
        }
        stamps.withLock { $0[file] = stamp }
    }

    private func create(_ file: Int) throws(TenonError) -> Int32 {
        let mode = mask.mode(entries[file].kind == .executable ? 0o777 : 0o666)
        let descriptor = try folder.open(name(file), flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        CreationMask.complete(descriptor, mode: mode)
        return descriptor
    }

    private func write(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, at offset: UInt64, _ file: Int) throws(TenonError) {
        var done = 0
        while done < bytes.count {
            done += try systemCall("write", text(file)) {
                pwrite(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset) + off_t(done))
            }
        }
        progress.add(bytes: UInt64(bytes.count))
    }

    /// Sets mtime from the precise clock, so that a later write in the same tick of the file system's clock still shows.
    private func finish(_ descriptor: Int32, _ file: Int) throws(TenonError) -> FileStamp {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        try systemCall("set the times of", text(file)) {
            withUnsafePointer(to: (now, now)) { pair in
                pair.withMemoryRebound(to: timespec.self, capacity: 2) { futimens(descriptor, $0) }
            }
        }
        var information = stat()
        try systemCall("look at", text(file)) { fstat(descriptor, &information) }
        let stamp = FileStamp(information)
        guard stamp.size == entries[file].size else {
            throw TenonError(
                .corrupt, "'\(displayName(entries[file].path))' can't be written",
                cause: "its chunks give \(stamp.size) bytes, not \(entries[file].size)")
        }
        progress.add(bytes: 0, files: 1)
        return stamp
    }

    private func text(_ file: Int) -> String { displayName(entries[file].path) }
}
