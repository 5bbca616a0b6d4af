import Glibc
import TenonCore
import TenonFormat

/// Finds out whether what was taken out of an artifact is still what a scan had found there, and so what was stored.
struct DisplacedCheck {
    let tree: ArtifactTree
    let progress: ProgressSink

    private static let bufferLength = 1 << 20

    /// Whether `name` in `directory` is the entry `item` of `node`, bytes included.
    ///
    /// Its stat tells, unless somebody has it open or mapped for writing, or had when it was read: then the bytes are read again.
    func isUnchanged(_ item: DirectoryNode.Item, of node: DirectoryNode, _ directory: DirectoryHandle, _ name: [UInt8]) throws -> Bool {
        switch item.kind {
        case .directory:
            return try directory.status(name).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
        case .symlink:
            return readTarget(directory, name) == Array(node.target(item))
        case .file, .executable:
            // A file that was made unreadable meanwhile is a change; anything else but a file, too.
            let descriptor = directory.tryOpen(name, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            return try isFileUnchanged(item, descriptor, directory.fullName(name))
        }
    }

    private func isFileUnchanged(_ item: DirectoryNode.Item, _ descriptor: Int32, _ name: [UInt8]) throws -> Bool {
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return false }
        let stamp = FileStamp(information)
        if item.isTrusted, stamp.agreesBeyondRename(with: item.stamp), tree.trust.isQuiet(descriptor) != false { return true }
        guard stamp.size == item.stamp.size else { return false }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: DisplacedCheck.bufferLength, alignment: 64)
        defer { buffer.deallocate() }
        progress.expect(bytes: stamp.size, files: 0)
        let oid = try FileDigester.oid(descriptor, size: stamp.size, buffer: buffer, progress: progress, name: name)
        return oid?.digest == item.oid
    }

    /// Whether the directory `name` in `directory` holds all of the tree and nothing else.
    func isWholeTreeUnchanged(_ directory: DirectoryHandle, _ name: [UInt8]) throws -> Bool {
        guard tree.kind == .tree else {
            guard let node = tree.nodes.first, let item = node.items.first else { return false }
            return try isUnchanged(item, of: node, directory, name)
        }
        let top = try directory.directory(name)
        let reader = DirectoryReader()
        for node in tree.nodes {
            guard try isUnchanged(node, try top.directory(node.path), reader) else { return false }
        }
        return true
    }

    private func isUnchanged(_ node: DirectoryNode, _ handle: DirectoryHandle, _ reader: DirectoryReader) throws -> Bool {
        guard let found = try list(node.path, handle, reader), found.items.count == node.items.count else { return false }
        let kinds = Dictionary(found.items.map { (Array(found.name($0)), $0.kind) }, uniquingKeysWith: { first, _ in first })
        for old in node.items {
            guard kinds[Array(node.name(old))] == old.kind else { return false }
            if old.kind == .directory { continue }
            if try !isUnchanged(old, of: node, handle, Array(node.name(old))) { return false }
        }
        return true
    }

    /// What lies in a directory; `nil` if something has come that can't be content.
    private func list(_ path: [UInt8], _ handle: DirectoryHandle, _ reader: DirectoryReader) throws -> DirectoryNode? {
        let found = DirectoryNode(path: path)
        do {
            try reader.read(found, handle)
        } catch {
            if error.code == .invalidArgument { return nil }
            throw error
        }
        return found
    }

    private func readTarget(_ directory: DirectoryHandle, _ name: [UInt8]) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: ManifestEntry.maximumTargetLength + 1)
        let length = buffer.count
        let count = name.withCString { readlinkat(directory.descriptor, $0, &buffer, length) }
        return count < 0 ? nil : buffer[..<count].map { UInt8(bitPattern: $0) }
    }
}
