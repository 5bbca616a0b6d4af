import Glibc

/// What is read to its end, up to a bound.
enum InputStream {
    /// All bytes that `descriptor` gives; `nil` if it can't be read, or gives more than `limit`.
    static func bytes(_ descriptor: CInt, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0, bytes.count + count <= limit else { return nil }
            if count == 0 { return bytes }
            bytes += block[..<count]
        }
    }

    /// All bytes of the file at `path`, in the same way.
    static func bytes(at path: String, limit: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return bytes(descriptor, limit: limit)
    }
}
