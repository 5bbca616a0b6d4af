import Glibc
import TenonCore

/// Forces what a checkout wrote to disk, so that what is noted about it afterwards is still true after a power cut.
enum WorkTreeSync {
    /// Forces everything that was written to the file system of `directory`.
    static func synchronize(_ directory: DirectoryHandle) throws(TenonError) {
        try systemCall("synchronize the file system of", String(decoding: directory.name, as: UTF8.self)) {
            LinuxCalls.synchronizeFileSystem(directory.descriptor)
        }
    }
}
