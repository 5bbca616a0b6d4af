import Glibc

/// Files and directories in which the system describes itself.
enum SmallSystemFile {
    /// The lines of a file, of its first `limit` bytes; none where it can't be read.
    static func lines(_ path: String, limit: Int = 1 << 20) -> [String] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < limit {
            let count = block.withUnsafeMutableBytes { buffer in retryingInterrupts { read(descriptor, buffer.baseAddress, buffer.count) } }
            guard count > 0 else { break }
            bytes += block[..<count].prefix(limit - bytes.count)
        }
        return bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What a directory lists, sorted; nothing where it can't be read.
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !name.hasPrefix(".") { found.append(name) }
        }
        return found.sorted()
    }
}
