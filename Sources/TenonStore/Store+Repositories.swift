import TenonCore

extension Store {
    /// The repositories that keep data here. Throws if one record can't be read: then nothing may be removed from the store.
    package func repositories() throws -> [RepositoryRecord] {
        try options.fileSystem.names(in: places.repositories).filter(RepositoryFile.isGoodID).compactMap { try repository($0) }
    }

    /// One repository's record; `nil` if it is not known.
    package func repository(_ id: String) throws -> RepositoryRecord? {
        let path = try path(ofRepository: id)
        guard let bytes = try options.fileSystem.contents(of: path, limit: RepositoryFile.maximumLength) else { return nil }
        return try RepositoryFile.parse(bytes, id: id)
    }

    /// Writes a repository's record, durably, in place of the one before. The same record again writes nothing.
    package func register(_ record: RepositoryRecord) throws {
        let path = try path(ofRepository: record.id)
        let bytes = RepositoryFile.bytes(of: record)
        if try options.fileSystem.contents(of: path, limit: RepositoryFile.maximumLength) == bytes { return }
        try options.fileSystem.replace(path, with: bytes)
    }

    /// Forgets a repository: what only it needs may be swept.
    package func forget(repository id: String) throws {
        try options.fileSystem.remove(try path(ofRepository: id))
        try options.fileSystem.synchronizeDirectory(places.repositories)
    }

    private func path(ofRepository id: String) throws -> String {
        guard RepositoryFile.isGoodID(id) else {
            throw TenonError(.invalidArgument, "repository id '\(displayName(id.utf8))' is refused", cause: "it is not 1 to 64 of a–z, 0–9 and -")
        }
        return places.repositories + "/" + id
    }
}
