import TenonCore

/// Builds the recipe of a file from its chunks, in file order, with a bounded part of it in memory.
package struct RecipeBuilder {
    /// What was built.
    package struct Recipe: Sendable {
        /// The object of type `recipe`, to be stored under the file's oid.
        package let object: [UInt8]
        package let chunkCount: UInt64
        package let size: UInt64
    }

    private var tree: NodeTreeBuilder
    private let profile: String

    /// `profile` names how the file was cut: 1–32 of `a`–`z`, `0`–`9` and `-`. `sink` receives the nodes below the root, each with its id,
    /// children before parents; they are objects of type `node`. It may receive the same node twice.
    package init(profile: String, sink: @escaping (NodeID, [UInt8]) throws -> Void) {
        precondition(RecipeObject.isGoodProfile(profile.utf8))
        self.profile = profile
        tree = NodeTreeBuilder(kind: .chunks, sink: sink)
    }

    /// Adds the file's next chunk.
    package mutating func add(_ id: ChunkID, length: UInt32) throws {
        guard length >= 1, length <= UInt32(BlockLimits.maximumRawLength) else {
            throw TenonError(.internal, "a chunk can't be listed", cause: "a length of \(length) is not possible")
        }
        try tree.makeRoom(for: encodedLength(ofInteger: UInt64(length)) + Digest.byteCount)
        try tree.append(size: UInt64(length)) { body in
            body.appendInteger(UInt64(length))
            id.digest.append(to: &body)
        }
        if tree.mayCut, NodeFormat.isCut(id.digest) { try tree.cut() }
    }

    /// Ends the recipe of the file with `oid`. `nil` for a file of one chunk, whose chunk has the file's oid as its id, or of none.
    package mutating func finish(oid: OID) throws -> Recipe? {
        let root = try tree.finish().node
        guard root.summary.entryCount >= 2 else { return nil }
        return Recipe(
            object: RecipeObject.bytes(oid: oid, profile: profile, root: root.bytes), chunkCount: root.summary.entryCount, size: root.summary.size)
    }
}
