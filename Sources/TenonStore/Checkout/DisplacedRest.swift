import Glibc
import TenonCore
import TenonFormat

/// What a checkout had displaced when it was cut short: the next one looks whether the store has its bytes.
struct DisplacedRest {
    let store: Store

    private static let bufferLength = 1 << 20

    /// Whether every file in `name` is stored; then nothing is lost with it. What can't be read, and anything but files and directories, is not.
    func isStored(_ directory: DirectoryHandle, _ name: [UInt8]) -> Bool {
        let descriptor = directory.tryOpen(name, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return false }
        let handle = DirectoryHandle(owning: descriptor, name: directory.fullName(name))
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { return false }
        switch information.st_mode & S_IFMT {
        case S_IFDIR: return (try? TreeRemoval.names(in: handle))?.allSatisfy { isStored(handle, $0) } ?? false
        case S_IFREG: return isFileStored(descriptor, size: UInt64(max(0, information.st_size)), handle.name)
        default: return false
        }
    }

    private func isFileStored(_ descriptor: Int32, size: UInt64, _ name: [UInt8]) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: DisplacedRest.bufferLength, alignment: 64)
        defer { buffer.deallocate() }
        do {
            let oid = try FileDigester.oid(descriptor, size: size, buffer: buffer, progress: ProgressSink(), name: name)
            guard let oid, size <= UInt64(Int64.max) else { return false }
            return try ContentCheck(store: store).isComplete(.file(oid: oid, size: size))
        } catch {
            return false
        }
    }
}
