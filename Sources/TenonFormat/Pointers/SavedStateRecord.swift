import TenonCore

/// What a checkout displaced and saved: an object of type `savedState`, a root until it is old.
package struct SavedStateRecord: Hashable, Sendable {
    /// Id of the work tree, or of the repository in the store: 1–64 of `a`–`z`, `0`–`9` and `-`.
    package let repository: String
    /// Absolute, in any encoding.
    package let workTree: [UInt8]
    /// Relative to the work tree.
    package let artifact: RelativePath
    /// When it was saved, in milliseconds since 1970 UTC; at most 2^63 − 1.
    package let time: UInt64
    /// What was saved.
    package let pointer: Pointer

    package static let maximumLength = 32 << 10
    private static let maximumWorkTreeLength = 4096
    private static let keys: Set<String> = [
        "tenon-saved-state", "repository", "work-tree", "artifact", "time", "kind", "oid", "size", "files", "manifest", "mode", "run",
    ]

    /// Throws `invalidArgument` for a repository or work tree that can't be written.
    package init(repository: String, workTree: [UInt8], artifact: RelativePath, time: UInt64, pointer: Pointer) throws {
        guard SavedStateRecord.isGoodRepository(repository) else {
            throw TenonError(.invalidArgument, "repository id '\(displayName(repository.utf8))' is refused")
        }
        guard SavedStateRecord.isGoodWorkTree(workTree) else {
            throw TenonError(.invalidArgument, "work tree '\(displayName(workTree))' is refused", cause: "it is no absolute path")
        }
        self.repository = repository
        self.workTree = workTree
        self.artifact = artifact
        self.time = min(time, UInt64(Int64.max))
        self.pointer = pointer
    }

    /// Reads a record; throws as `Pointer.init(parsing:)` does.
    package init(parsing bytes: [UInt8]) throws {
        var lines = try RecordLines(parsing: bytes, what: "saved state", maximumLength: SavedStateRecord.maximumLength)
        try lines.takeFirstLine("tenon-saved-state")
        repository = try lines.take("repository", known: SavedStateRecord.keys)
        guard SavedStateRecord.isGoodRepository(repository) else { throw lines.damaged("its repository id is not possible") }
        guard let workTree = PercentEncoding.decode(try lines.take("work-tree", known: SavedStateRecord.keys)),
            SavedStateRecord.isGoodWorkTree(workTree)
        else { throw lines.damaged("its work tree is not an encoded absolute path") }
        self.workTree = workTree
        guard let artifact = PercentEncoding.decode(try lines.take("artifact", known: SavedStateRecord.keys)),
            RelativePath.reasonToRefuse(artifact) == nil
        else { throw lines.damaged("its artifact is not an encoded relative path") }
        self.artifact = try RelativePath(bytes: artifact)
        time = try lines.number(try lines.take("time", known: SavedStateRecord.keys), of: "time")
        pointer = try Pointer(taking: &lines)
        try lines.finish(known: SavedStateRecord.keys)
    }

    /// The one valid encoding.
    package var bytes: [UInt8] {
        let place = "work-tree \(PercentEncoding.encode(workTree))\nartifact \(PercentEncoding.encode(artifact.bytes))\n"
        return Array("tenon-saved-state 1\nrepository \(repository)\n\(place)time \(time)\n".utf8) + pointer.lines
    }

    private static func isGoodRepository(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    private static func isGoodWorkTree(_ path: [UInt8]) -> Bool {
        path.first == UInt8(ascii: "/") && path.count <= maximumWorkTreeLength && !path.contains(0)
    }
}
