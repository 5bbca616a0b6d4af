import Glibc
import Synchronization
import TenonCore
import TenonFormat

/// Computes the oids of files that nobody vouches for, on several threads, storing nothing.
struct FileDigester {
    let tree: ArtifactTree
    let progress: ProgressSink

    private static let bufferLength = 1 << 20

    func digest(_ files: [ArtifactTree.FileReference]) throws {
        guard !files.isEmpty else { return }
        self.progress.expect(bytes: files.reduce(0) { $0 + self.tree.item($1).stamp.size }, files: UInt64(files.count))
        let next = Atomic<Int>(0)
        let failed = Atomic<Bool>(false)
        let (tree, progress) = (self.tree, self.progress)
        try ThreadTeam.run(min(files.count, ThreadTeam.preferredCount)) { _ in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileDigester.bufferLength, alignment: 64)
            defer { buffer.deallocate() }
            do {
                while !failed.load(ordering: .relaxed) {
                    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard index < files.count else { return }
                    try progress.check()
                    try SteadyRead.perform(files[index], of: tree) { descriptor, size in
                        try FileDigester.oid(descriptor, size: size, buffer: buffer, progress: progress, name: tree.path(files[index]))
                    }
                    progress.add(bytes: 0, files: 1)
                }
            } catch {
                failed.store(true, ordering: .relaxed)
                throw error
            }
        }
    }

    /// The oid of an open file; `nil` if it is not `size` bytes long.
    static func oid(
        _ descriptor: Int32, size: UInt64, buffer: UnsafeMutableRawBufferPointer, progress: ProgressSink, name: @autoclosure () -> [UInt8]
    ) throws -> OID? {
        if size > UInt64(bufferLength) { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }
        var hasher = StreamingSHA256()
        var done: UInt64 = 0
        while done < size {
            let wanted = Int(min(UInt64(buffer.count), size - done))
            let count = try SteadyRead.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), from: descriptor, name())
            guard count == wanted else { return nil }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            if UInt64(count) == size {
                progress.add(bytes: size)
                return OID(SHA256Hasher.hash(bytes))
            }
            hasher.update(bytes)
            done += UInt64(count)
            progress.add(bytes: UInt64(count))
            try progress.check()
        }
        return OID(hasher.finalize())
    }
}
