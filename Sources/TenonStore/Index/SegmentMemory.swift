import Glibc
import TenonCore

/// The bytes of an index segment: a mapped file, or memory of its own. They never change.
final class SegmentMemory: @unchecked Sendable {
    // Sendable is right: nobody writes to the bytes once this value is made, and they stay until the last reference goes.
    let bytes: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// Maps a file. Throws if it can't be read or is empty.
    init(mapping path: String) throws(TenonError) {
        let descriptor = try systemCall("open", path) { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        defer { close(descriptor) }
        var information = stat()
        try systemCall("read", path) { fstat(descriptor, &information) }
        let count = Int(information.st_size)
        guard count > 0, let address = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED else {
            throw TenonError(.corrupt, "index file '\(displayName(path.utf8))' is damaged", cause: "it can't be mapped")
        }
        _ = madvise(address, count, Int32(MADV_RANDOM))
        bytes = UnsafeRawBufferPointer(start: address, count: count)
        isMapped = true
    }

    /// Copies `source`.
    init(copying source: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
        memory.copyBytes(from: source)
        bytes = UnsafeRawBufferPointer(memory)
        isMapped = false
    }

    deinit {
        if isMapped {
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        } else {
            bytes.deallocate()
        }
    }
}
