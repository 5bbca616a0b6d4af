/// One call of the file-system layer, as a test sees it.
package enum FileOperation: Hashable, Sendable {
    case create(String)
    /// Bytes written at the end of the file.
    case write(String, count: Int)
    /// Data and length of a file forced to disk.
    case synchronize(String)
    case rename(String, to: String)
    /// The entries of a directory forced to disk.
    case synchronizeDirectory(String)
    /// Everything on the file system that holds a path forced to disk.
    case synchronizeFileSystem(String)
    case makeDirectory(String)
    case remove(String)
    /// The catalog is about to commit a transaction.
    case commitCatalog
    /// The catalog has committed it; a fault here is a crash just after the commit point.
    case catalogCommitted
}
