import TenonCore

/// A role for whoever holds a token that a file has: Kubernetes service accounts, CI systems.
struct WebIdentityCredentials: CredentialSource {
    let http: CredentialHTTP
    let environment: RemoteEnvironment
    let role: String
    let tokenFile: String
    let session: String?
    let region: String?

    /// From `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`; `nil` if they are not set.
    init?(http: CredentialHTTP, environment: RemoteEnvironment) {
        guard let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"], let role = environment["AWS_ROLE_ARN"] else { return nil }
        self.init(http: http, environment: environment, role: role, tokenFile: file, session: environment["AWS_ROLE_SESSION_NAME"], region: nil)
    }

    init(http: CredentialHTTP, environment: RemoteEnvironment, role: String, tokenFile: String, session: String?, region: String?) {
        self.http = http
        self.environment = environment
        self.role = role
        self.tokenFile = tokenFile
        self.session = session
        self.region = region
    }

    func credentials() async throws -> AWSCredentials? {
        let file = tokenFile
        guard let token = try await onFileThread({ try smallFile(file, limit: 64 << 10) }) else {
            throw TenonError(.permission, "the web identity can't be used", cause: "its token's file '\(displayName(file.utf8))' is not there")
        }
        let word = token.split(whereSeparator: \.isWhitespace).joined()
        return try await http.assumeRole(
            role, session: session, webToken: word, region: region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"])
    }
}
