import Glibc
import TenonCore
import TenonFormat

/// Gives files of an expansion to a folder of our own: by reflink, else by a hard link, else by a copy.
struct ExpansionWriter {
    let expansion: Expansion
    let isTree: Bool
    /// Whether whoever works there may only read: else what is written would change the expansion.
    let mayLink: Bool
    let mask: CreationMask
    let progress: ProgressSink

    /// Returns the stat that each file has then, and how it came there: the costliest way of all.
    func run(
        _ files: [Int], into folder: DirectoryHandle, split: ([UInt8]) throws -> (DirectoryHandle, [UInt8]), name: (Int) -> [UInt8]
    ) throws -> (stamps: [Int: FileStamp], method: ExpansionMethod) {
        let source = try DirectoryHandle.open(absolute: expansion.directory)
        var stamps: [Int: FileStamp] = [:]
        stamps.reserveCapacity(files.count)
        var method = ExpansionMethod.reflink
        var parent: (path: ArraySlice<UInt8>, handle: DirectoryHandle)?
        for file in files {
            try progress.check()
            let entry = expansion.entries[file]
            let path = name(file)
            // Neighbours in the list mostly lie in one directory.
            let above = path.lastIndex(of: UInt8(ascii: "/")).map { path[..<$0] } ?? []
            if parent?.path != above { parent = (above, try split(path).0) }
            guard let directory = parent?.handle else { continue }
            let last = Array(path[(path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...])
            let origin = Expansion.path(of: entry, isTree: isTree)
            var stamp: FileStamp?
            if method == .reflink {
                stamp = try reflink(origin, source, last, directory, entry)
                if stamp == nil { method = mayLink ? .link : .copy }
            }
            if stamp == nil, method == .link {
                stamp = try link(origin, source, last, directory)
                if stamp == nil { method = .copy }
            }
            stamps[file] = try stamp ?? copy(origin, source, last, directory, entry)
            progress.add(bytes: entry.size, files: 1)
        }
        return (stamps, method)
    }

    private func reflink(
        _ origin: [UInt8], _ source: DirectoryHandle, _ name: [UInt8], _ directory: DirectoryHandle, _ entry: ManifestEntry
    ) throws -> FileStamp? {
        let input = try source.open(origin, flags: O_RDONLY)
        defer { close(input) }
        let output = try create(name, directory, entry)
        defer { close(output) }
        guard LinuxCalls.clone(input, to: output) == 0 else {
            let number = errno
            _ = name.withCString { unlinkat(directory.descriptor, $0, 0) }
            if number == ENOSPC || number == EDQUOT || number == EIO {
                throw TenonError(errno: number, "can't write '\(displayName(directory.fullName(name)))'")
            }
            return nil
        }
        return try finish(output, name, directory)
    }

    private func link(_ origin: [UInt8], _ source: DirectoryHandle, _ name: [UInt8], _ directory: DirectoryHandle) throws -> FileStamp? {
        let status = origin.withCString { origin in
            name.withCString { linkat(source.descriptor, origin, directory.descriptor, $0, 0) }
        }
        guard status == 0 else {
            let number = errno
            if [EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS, EACCES].contains(number) { return nil }
            throw TenonError(errno: number, "can't write '\(displayName(directory.fullName(name)))'")
        }
        var information = stat()
        try systemCall("look at", displayName(directory.fullName(name))) {
            name.withCString { fstatat(directory.descriptor, $0, &information, AT_SYMLINK_NOFOLLOW) }
        }
        return FileStamp(information)
    }

    private func copy(
        _ origin: [UInt8], _ source: DirectoryHandle, _ name: [UInt8], _ directory: DirectoryHandle, _ entry: ManifestEntry
    ) throws -> FileStamp {
        let text = displayName(directory.fullName(name))
        let input = try source.open(origin, flags: O_RDONLY)
        defer { close(input) }
        let output = try create(name, directory, entry)
        defer { close(output) }
        try withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 4096) { buffer in
            while true {
                let count = try systemCall("read", displayName(source.fullName(origin))) { read(input, buffer.baseAddress, buffer.count) }
                if count == 0 { return }
                try progress.check()
                var done = 0
                while done < count {
                    done += try systemCall("write", text) { write(output, buffer.baseAddress?.advanced(by: done), count - done) }
                }
            }
        }
        return try finish(output, name, directory)
    }

    private func create(_ name: [UInt8], _ directory: DirectoryHandle, _ entry: ManifestEntry) throws(TenonError) -> Int32 {
        let mode = mask.mode(entry.kind == .executable ? 0o777 : 0o666)
        let descriptor = try directory.open(name, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        CreationMask.complete(descriptor, mode: mode)
        return descriptor
    }

    /// As a checkout does: the precise clock, so that a later write in the same tick of the file system's clock still shows.
    private func finish(_ descriptor: Int32, _ name: [UInt8], _ directory: DirectoryHandle) throws -> FileStamp {
        let text = displayName(directory.fullName(name))
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        try systemCall("set the times of", text) {
            withUnsafePointer(to: (now, now)) { pair in
                pair.withMemoryRebound(to: timespec.self, capacity: 2) { futimens(descriptor, $0) }
            }
        }
        var information = stat()
        try systemCall("look at", text) { fstat(descriptor, &information) }
        return FileStamp(information)
    }
}
