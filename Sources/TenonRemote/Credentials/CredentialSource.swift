/// Somewhere that credentials come from.
protocol CredentialSource: Sendable {
    /// `nil` if this source is not configured. Throws if it is, and gives none.
    func credentials() async throws -> AWSCredentials?
}
