import Glibc
import TenonCore

/// Forces what a checkout writes to disk, so that what is noted about it afterwards is still true after a power cut.
///
/// To be made before the first write: syncfs(2) tells of bytes that did not reach the disk if they failed after its descriptor was opened.
package final class WorkTreeSync: Sendable {
    private let directory: DirectoryHandle
    private let fileSystem: FileSystem
    /// Which file system it is for, as long as that is mounted.
    package let device: UInt64

    /// For the file system that holds what lies, or is to lie, at `place`.
    package init(_ place: ArtifactPlace, fileSystem: FileSystem) throws {
        let root = try DirectoryHandle.open(absolute: place.workTreeRoot)
        var path: RelativePath? = place.path
        var found: DirectoryHandle?
        while found == nil, let next = path {
            let descriptor = root.tryOpen(next.bytes, flags: O_RDONLY | O_DIRECTORY)
            if descriptor >= 0 { found = DirectoryHandle(owning: descriptor, name: root.fullName(next.bytes)) }
            path = next.parent
        }
        directory = found ?? root
        self.fileSystem = fileSystem
        var information = stat()
        try systemCall("look at", String(decoding: directory.name, as: UTF8.self)) { [directory] in fstat(directory.descriptor, &information) }
        device = UInt64(information.st_dev)
    }

    /// Forces everything that was written to the file system. Throws if that fails, or has failed since this was made; it then proves nothing.
    package func synchronize() throws(TenonError) {
        try fileSystem.faults?.check(.synchronizeFileSystem(String(decoding: directory.name, as: UTF8.self)))
        try WorkTreeSync.synchronize(directory)
    }

    /// Forces everything that was written to the file system of `directory`, which was opened before.
    static func synchronize(_ directory: DirectoryHandle) throws(TenonError) {
        try systemCall("synchronize the file system of", String(decoding: directory.name, as: UTF8.self)) {
            LinuxCalls.synchronizeFileSystem(directory.descriptor)
        }
    }
}
