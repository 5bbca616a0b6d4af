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
    /// The ids of all objects in the block, from their bytes. Throws `corrupt` where bytes of type recipe are no recipe.
    package func objectIDs() throws -> [Digest] {
        try withUnsafeBytes { bytes in
            type == .recipe ? try objects(in: bytes).map { try ObjectIdentity.id(of: $0, type: type) } : SHA256Hasher.hashEach(objects(in: bytes))
        }
    }

    /// The same, with `nil` for what is no recipe.
    package func presentIDs() -> [Digest?] {
        withUnsafeBytes { bytes in
            type == .recipe ? objects(in: bytes).map { try? ObjectIdentity.id(of: $0, type: type) } : SHA256Hasher.hashEach(objects(in: bytes))
        }
    }

    private func objects(in bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
        (0..<chunkCount).map { UnsafeRawBufferPointer(rebasing: bytes[range(ofChunk: $0)]) }
    }
}
