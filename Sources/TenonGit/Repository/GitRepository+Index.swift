import TenonCore

extension GitRepository {
    /// The pointers in the index, in order of path and stage.
    ///
    /// - Parameter file: another index than the caller's, by its absolute path.
    package func pointersInIndex(file: [UInt8]? = nil) throws -> [IndexEntry] {
        try readIndex { try $0.indexEntries(file: file, pointersOnly: true) }.filter(\.mode.isFile)
    }

    /// Everything in the index, in order of path and stage.
    package func indexEntries(file: [UInt8]? = nil) throws -> [IndexEntry] {
        try readIndex { try $0.indexEntries(file: file, pointersOnly: false) }
    }

    /// Whether the index has `path`, or anything below it.
    package func isTracked(_ path: RelativePath) throws -> Bool {
        try areTracked([path]).first ?? false
    }

    /// The same for several paths.
    package func areTracked(_ paths: [RelativePath]) throws -> [Bool] {
        try readIndex { try $0.areTracked(paths.map(\.bytes)) }
    }
}
