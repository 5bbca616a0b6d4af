import Glibc
import TenonCore

/// Lists directories with the system's own call into one buffer; for one thread.
final class DirectoryReader {
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    /// For `DirectoryNode.computeFingerprint`.
    var scratch: [UInt8] = []

    /// Places in `struct linux_dirent64`.
    private static let lengthOffset = 16
    private static let typeOffset = 18
    private static let nameOffset = 19

    deinit {
        buffer.deallocate()
    }

    /// Fills `node` with what lies in the directory `handle`, in canonical order.
    ///
    /// Throws `invalidArgument` for a name or kind of file that can't be content, by its path.
    func read(_ node: DirectoryNode, _ handle: DirectoryHandle) throws(TenonError) {
        while true {
            let count = try systemCall("list", String(decoding: handle.name, as: UTF8.self)) {
                LinuxCalls.directoryEntries(handle.descriptor, buffer)
            }
            if count == 0 { break }
            var position = 0
            while position < count {
                let length = Int(buffer.loadUnaligned(fromByteOffset: position + DirectoryReader.lengthOffset, as: UInt16.self))
                let type = buffer[position + DirectoryReader.typeOffset]
                let name = UnsafeRawBufferPointer(rebasing: buffer[(position + DirectoryReader.nameOffset)..<(position + length)])
                position += length
                let nameLength = name.firstIndex(of: 0) ?? name.count
                try add(UnsafeRawBufferPointer(rebasing: name[..<nameLength]), name.baseAddress, type: type, to: node, handle)
            }
        }
        node.seal()
    }

    /// Adds the entry `name` to what `node` has found, if it is there.
    func find(_ name: [UInt8], for node: DirectoryNode, _ handle: DirectoryHandle) throws {
        try (name + [0]).withUnsafeBytes { bytes in
            let text = UnsafeRawBufferPointer(rebasing: bytes.dropLast())
            try add(text, bytes.baseAddress, type: UInt8(DT_UNKNOWN), to: node, handle)
        }
    }

    private func add(
        _ name: UnsafeRawBufferPointer, _ start: UnsafeRawPointer?, type: UInt8, to node: DirectoryNode, _ handle: DirectoryHandle
    ) throws(TenonError) {
        if isDots(name) { return }
        if !isPlain(name), let reason = RelativePath.reasonToRefuse(component: name) {
            // The folder that lies inside an artifact only if that is a mount point of its own.
            if node.path.isEmpty, name.elementsEqual(TemporaryDirectory.folder.utf8) { return }
            throw DirectoryReader.refusal(node.path(of: name), handle, reason)
        }
        if node.path.isEmpty, name.elementsEqual(TemporaryDirectory.folder.utf8) { return }
        guard node.path.count + 1 + name.count <= RelativePath.maximumLength else {
            throw DirectoryReader.refusal(node.path(of: name), handle, "it is longer than \(RelativePath.maximumLength) bytes")
        }
        guard let text = start?.assumingMemoryBound(to: CChar.self), node.names.count < Int(UInt32.max) - (64 << 10) else {
            throw TenonError(.invalidArgument, "can't take '\(displayName(handle.name))'", cause: "it has too many entries")
        }
        var item = DirectoryNode.Item(
            nameStart: UInt32(node.names.count), nameLength: UInt16(name.count), kind: .directory,
            stamp: FileStamp(inode: 0, size: 0, modified: 0, changed: 0), oid: DirectoryNode.noOID)
        node.names.append(contentsOf: name)
        if type != UInt8(DT_DIR) {
            var information = stat()
            let status = fstatat(handle.descriptor, text, &information, AT_SYMLINK_NOFOLLOW)
            if status != 0 {
                let number = errno
                if number == ENOENT {
                    // It has gone since the directory was read.
                    node.names.removeLast(name.count)
                    return
                }
                throw TenonError(errno: number, "can't look at '\(displayName(handle.fullName(name)))'")
            }
            item.stamp = FileStamp(information)
            item.isShared = information.st_nlink > 1
            switch information.st_mode & S_IFMT {
            case S_IFREG: item.kind = information.st_mode & S_IXUSR != 0 ? .executable : .file
            case S_IFDIR: break
            case S_IFLNK:
                item.kind = .symlink
                item.link = UInt32(node.names.count)
                item.stamp.size = UInt64(try appendTarget(of: text, name, to: node, handle))
            default:
                throw TenonError(
                    .invalidArgument, "can't take '\(displayName(handle.fullName(name)))'",
                    cause: "it is \(DirectoryReader.kindName(information.st_mode)), not a file, directory or symlink",
                    hint: "remove it, or move it out of the artifact")
            }
        }
        node.found.append(item)
    }

    private func appendTarget(
        of text: UnsafePointer<CChar>, _ name: UnsafeRawBufferPointer, to node: DirectoryNode, _ handle: DirectoryHandle
    ) throws(TenonError) -> Int {
        try withUnsafeTemporaryAllocation(byteCount: 4097, alignment: 1) { target throws(TenonError) in
            let count = try systemCall("read symlink", String(decoding: handle.fullName(name), as: UTF8.self)) {
                readlinkat(handle.descriptor, text, target.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self), target.count)
            }
            node.names.append(contentsOf: target[..<count])
            return count
        }
    }

    private func isDots(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count <= 2 && name.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    /// Whether the name is certainly good; others are looked at rule by rule.
    private func isPlain(_ name: UnsafeRawBufferPointer) -> Bool {
        guard let first = name.first, name.count <= RelativePath.maximumComponentLength else { return false }
        switch first {
        case UInt8(ascii: "."), UInt8(ascii: "g"), UInt8(ascii: "G"), 0xE2, 0xEF: return false
        default: return memchr(name.baseAddress.unsafelyUnwrapped, 0x0A, name.count) == nil
        }
    }

    private static func refusal(_ path: [UInt8], _ handle: DirectoryHandle, _ reason: String) -> TenonError {
        TenonError(
            .invalidArgument, "can't take '\(displayName(path))' in '\(displayName(handle.name))'", cause: reason,
            hint: "rename it, or move it out of the artifact")
    }

    static func kindName(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFSOCK: "a socket"
        case S_IFIFO: "a FIFO"
        case S_IFCHR, S_IFBLK: "a device"
        default: "of an unknown kind"
        }
    }
}
