/// What an artifact is.
package enum ArtifactKind: String, Sendable, Codable, Hashable {
    case file
    case tree
}
