import Glibc
import TenonCore

/// Reads files of a scanned tree so that what is kept of them is one state that they really had.
enum SteadyRead {
    /// A file that the scan saw is not there any more, or is not a file: the artifact must be scanned again.
    struct Vanished: Error {
        let path: [UInt8]

        var tenonError: TenonError {
            TenonError(
                .changedWhileReading, "'\(displayName(path))' changed while it was read", cause: "it was removed or replaced",
                hint: "try again when nothing writes to it")
        }
    }

    private static let attempts = 3

    /// Opens `file`, lets `body` read all of it and return its oid, and notes oid and stat if it did not change meanwhile.
    ///
    /// `body` gets the descriptor and the size; it returns `nil` if the file turned out longer or shorter. After three attempts that met a change,
    /// throws `changedWhileReading`.
    static func perform(
        _ file: ArtifactTree.FileReference, of tree: ArtifactTree, _ body: (_ descriptor: Int32, _ size: UInt64) throws -> OID?
    ) throws {
        let path = tree.path(file)
        for _ in 0..<attempts {
            let descriptor = tree.base.tryOpen(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            guard descriptor >= 0 else {
                let number = errno
                if number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENXIO { throw Vanished(path: tree.base.fullName(path)) }
                throw TenonError(errno: number, "can't read '\(displayName(tree.base.fullName(path)))'")
            }
            defer { close(descriptor) }
            let (before, mode) = try status(descriptor, path, tree)
            guard mode & S_IFMT == S_IFREG else { throw Vanished(path: tree.base.fullName(path)) }
            let isTrusted = tree.trust.allows(descriptor, before)
            guard let oid = try body(descriptor, before.size) else { continue }
            let (after, modeAfter) = try status(descriptor, path, tree)
            guard after == before, modeAfter == mode else { continue }
            let node = tree.nodes[Int(file.node)]
            let index = Int(file.item)
            node.items[index].stamp = before
            node.items[index].kind = mode & S_IXUSR != 0 ? .executable : .file
            node.items[index].oid = oid.digest
            node.items[index].isCached = false
            node.items[index].isTrusted = isTrusted
            node.items[index].isKnown = true
            return
        }
        throw TenonError(
            .changedWhileReading, "'\(displayName(tree.base.fullName(path)))' changed while it was read", cause: "\(attempts) attempts met a change",
            hint: "try again when nothing writes to it")
    }

    private static func status(_ descriptor: Int32, _ path: [UInt8], _ tree: ArtifactTree) throws(TenonError) -> (FileStamp, mode_t) {
        var information = stat()
        try systemCall("look at", String(decoding: tree.base.fullName(path), as: UTF8.self)) { fstat(descriptor, &information) }
        return (FileStamp(information), information.st_mode)
    }

    /// Reads into `buffer` until it is full or the file ends; returns the number of bytes.
    static func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, _ name: @autoclosure () -> [UInt8]) throws(TenonError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = try systemCall("read", String(decoding: name(), as: UTF8.self)) {
                read(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }
}
