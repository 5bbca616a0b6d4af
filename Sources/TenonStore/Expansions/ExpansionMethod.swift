/// How the files of a work tree come from an expansion.
package enum ExpansionMethod: String, Codable, Sendable, Hashable {
    /// Copies that share their blocks on disk until one of both is written to.
    case reflink
    /// Other names of the same read-only files.
    case link
    /// Bytes of their own.
    case copy
}
