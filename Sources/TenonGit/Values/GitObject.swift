/// The four kinds of Git objects.
package enum GitObjectType: String, Sendable, Hashable {
    case commit
    case tree
    case blob
    case tag
}

/// A Git object as it is stored, without its header.
package struct GitObject: Sendable, Hashable {
    package let type: GitObjectType
    package let bytes: [UInt8]
}

/// What can be told of a Git object without reading it.
package struct GitObjectInfo: Sendable, Hashable {
    package let type: GitObjectType
    package let size: UInt64
}
