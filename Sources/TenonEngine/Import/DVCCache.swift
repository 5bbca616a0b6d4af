import Glibc
import TenonCore
import TenonFormat

/// The cache of a DVC project: files named by their MD5, in the layouts of DVC 3 (`files/md5/ab/…`) and of DVC 1 and 2 (`ab/…`).
struct DVCCache {
    /// Absolute paths of the directories that are looked in, in this order.
    let directories: [String]

    /// The largest listing of a directory that is read.
    private static let maximumListing = 256 << 20

    /// A file of the cache, open for reading.
    final class File {
        let descriptor: Int32
        let status: stat
        let path: String

        fileprivate init(descriptor: Int32, status: stat, path: String) {
            self.descriptor = descriptor
            self.status = status
            self.path = path
        }

        deinit { close(descriptor) }
    }

    /// What is there under this name; not checked yet.
    ///
    /// - Parameter isListing: whether it is the listing of a directory.
    func open(_ digest: DVCDigest, isListing: Bool = false) -> File? {
        let name = "\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2))\(isListing ? ".dir" : "")"
        let layouts = digest.isLegacy ? [name, "files/md5/" + name] : ["files/md5/" + name, name]
        for path in directories.flatMap({ directory in layouts.map { "\(directory)/\($0)" } }) {
            let descriptor = uninterrupted { Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
            guard descriptor >= 0 else { continue }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                continue
            }
            return File(descriptor: descriptor, status: status, path: path)
        }
        return nil
    }

    /// What a directory consists of: digests by path. Throws `missingContent` where the listing is not there, `corrupt` where it is damaged.
    func listing(_ output: DVCOutput) throws -> [(path: RelativePath, digest: DVCDigest)] {
        let what = "'\(output.path)' is not imported"
        guard let file = self.open(output.digest, isListing: true) else {
            throw TenonError(
                .missingContent, what, cause: "the cache does not have the listing of the directory (\(output.digest).dir)",
                hint: "'dvc fetch \(output.source)' brings it; then import again")
        }
        guard file.status.st_size <= DVCCache.maximumListing else { throw TenonError(.corrupt, what, cause: "its listing has more than 256 MiB") }
        var hasher = DVCHasher(isLegacy: output.digest.isLegacy)
        var bytes: [UInt8] = []
        try DVCCache.forEachBlock(file.descriptor, file.path) { block in
            hasher.update(block: block)
            bytes += block
            guard bytes.count <= DVCCache.maximumListing else { throw TenonError(.corrupt, what, cause: "its listing has more than 256 MiB") }
        }
        guard hasher.matches(output.digest) else { throw DVCCache.damaged(what, file.path) }
        guard let entries = try? JSONReader.parse(bytes).array else {
            throw TenonError(.corrupt, what, cause: "the listing in '\(displayName(file.path.utf8))' is no list")
        }
        var result: [(path: RelativePath, digest: DVCDigest)] = []
        var seen: Set<RelativePath> = []
        for entry in entries {
            guard let text = entry["relpath"]?.string, let path = try? RelativePath(text),
                let digest = entry["md5"]?.string.flatMap({ DVCDigest(hex: $0, isLegacy: output.digest.isLegacy) }), seen.insert(path).inserted
            else {
                let name = entry["relpath"]?.string.map { displayName($0.utf8.prefix(200)) } ?? "an entry"
                throw TenonError(.corrupt, what, cause: "its listing has '\(name)', which is no path with an MD5, or is there twice")
            }
            result.append((path, digest))
        }
        return result
    }

    static func damaged(_ what: String, _ path: String) -> TenonError {
        TenonError(
            .corrupt, what, cause: "'\(displayName(path.utf8))' is damaged: its MD5 is not its name",
            hint: "remove that file, 'dvc fetch' it again, and import again")
    }

    /// Hands out a file in the blocks in which DVC reads it.
    static func forEachBlock(_ descriptor: Int32, _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: DVCHasher.blockLength, alignment: 64)
        defer { buffer.deallocate() }
        var offset: off_t = 0
        while true {
            var filled = 0
            while filled < buffer.count {
                let count = uninterrupted {
                    pread(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, offset + off_t(filled))
                }
                guard count >= 0 else { throw systemError("'\(displayName(path.utf8))' can't be read") }
                if count == 0 { break }
                filled += count
            }
            if filled == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
            offset += off_t(filled)
        }
    }
}
