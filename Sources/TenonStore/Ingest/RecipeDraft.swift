import TenonCore
import TenonFormat

/// The recipe of a file while the file is read. Most files are one chunk and need none, so it begins with the second one.
struct RecipeDraft {
    private let metadata: MetadataWriter
    private var first: (id: ChunkID, length: UInt32)?
    private var builder: RecipeBuilder?

    init(metadata: MetadataWriter) {
        self.metadata = metadata
    }

    mutating func add(_ id: ChunkID, length: UInt32) throws {
        guard let first else {
            first = (id, length)
            return
        }
        if builder == nil {
            let metadata = metadata
            builder = RecipeBuilder(profile: Chunker.profile) { try metadata.add(node: $0, $1) }
            try builder?.add(first.id, length: first.length)
        }
        try builder?.add(id, length: length)
    }

    mutating func finish(oid: OID) throws {
        guard let recipe = try builder?.finish(oid: oid) else { return }
        try metadata.add(recipeOf: oid, recipe.object)
    }
}
