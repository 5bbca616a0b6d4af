import TenonCore

extension GitRepository {
    /// What `HEAD` says.
    package func head() throws -> Head {
        try read { try $0.head() }
    }

    /// A commit. Throws `notFound` if the repository does not have it, `corrupt` if it is damaged or no commit.
    package func commit(_ id: GitObjectID) throws -> CommitInfo {
        guard let commit = try commitIfPresent(id) else {
            throw TenonError(.notFound, "commit \(id) is not in this repository", hint: "fetch it with 'git fetch'")
        }
        return commit
    }

    /// A commit; `nil` if the repository does not have it.
    package func commitIfPresent(_ id: GitObjectID) throws -> CommitInfo? {
        guard let object = try readObject({ try $0.object(id, limit: GitRepository.commitLimit) }) else { return nil }
        guard object.type == .commit else { throw ObjectError.wrongType(id, object.type, expected: .commit) }
        return try CommitParser.commit(id, object.bytes)
    }

    /// The commit that `id` is, or that the tag `id` leads to; `nil` for a tag of something else. Throws `notFound` if `id` is missing.
    package func peeledCommit(_ id: GitObjectID) throws -> GitObjectID? {
        guard let info = try info(id) else { throw TenonError(.notFound, "Git object \(id) is not in this repository") }
        return try peel(id, info.type)
    }

    /// Follows tags to a commit; `nil` if there is none, or something on the way is missing.
    func peel(_ id: GitObjectID, _ type: GitObjectType) throws -> GitObjectID? {
        var (id, type) = (id, type)
        // Tags of tags are rare, and can't form a circle.
        while type == .tag {
            guard let tag = try readObject({ try $0.object(id, limit: GitRepository.commitLimit) }) else { return nil }
            id = try CommitParser.tagged(id, tag.bytes)
            guard let next = try info(id) else { return nil }
            type = next.type
        }
        return type == .commit ? id : nil
    }

    /// Type and size of an object; `nil` if the repository does not have it.
    package func info(_ id: GitObjectID) throws -> GitObjectInfo? {
        try readObject { try $0.info(id) }
    }

    /// A blob of at most `limit` bytes. Throws `corrupt` if it is missing, longer, or no blob.
    package func blob(_ id: GitObjectID, limit: Int) throws -> [UInt8] {
        try requiredObject(id, .blob, limit: limit).bytes
    }

    func requiredObject(_ id: GitObjectID, _ type: GitObjectType, limit: Int) throws -> GitObject {
        guard let object = try readObject({ try $0.object(id, limit: limit) }) else { throw ObjectError.missing(id) }
        guard object.type == type else { throw ObjectError.wrongType(id, object.type, expected: type) }
        return object
    }
}
