import TenonCore

/// What an object is looked up by, told from its bytes alone; so a pack whose footer is lost can be read forward.
package enum ObjectIdentity {
    /// A recipe is found under the oid of the file it describes, which stands in it; everything else under the SHA-256 of its bytes.
    ///
    /// Throws `corrupt` for bytes of type recipe that are no recipe.
    package static func id(of object: UnsafeRawBufferPointer, type: BlockType) throws -> Digest {
        type == .recipe ? try RecipeObject.fileOID(of: object).digest : SHA256Hasher.hash(object)
    }

    /// Whether `object` is what is looked up under `key`.
    package static func matches(_ object: UnsafeRawBufferPointer, key: ObjectKey) -> Bool {
        (try? id(of: object, type: key.type)) == key.id
    }
}

extension DecodedBlock {
    /// The ids of all objects in the block, from their bytes.
    package func objectIDs() throws -> [Digest] {
        try raw.withUnsafeBytes { bytes in
            try (0..<chunkCount).map { try ObjectIdentity.id(of: UnsafeRawBufferPointer(rebasing: bytes[range(ofChunk: $0)]), type: type) }
        }
    }
}
