/// A remote as `tenon.yaml` proposes it.
struct RemoteProposal: Equatable, Sendable {
    var url: String
    /// Of an S3-compatible store.
    var region: String?
    var endpoint: String?
}
