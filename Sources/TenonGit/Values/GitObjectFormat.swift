/// The hash that names the objects of a repository.
package enum GitObjectFormat: String, Sendable, Hashable {
    case sha1
    case sha256

    /// Bytes in an object's name.
    package var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        }
    }
}
