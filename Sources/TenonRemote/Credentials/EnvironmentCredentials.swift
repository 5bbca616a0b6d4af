import TenonCore

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialSource {
    let environment: RemoteEnvironment

    func credentials() throws -> AWSCredentials? {
        guard let key = environment["AWS_ACCESS_KEY_ID"] else { return nil }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw TenonError(.permission, "the credentials in the environment can't be used", cause: "AWS_SECRET_ACCESS_KEY is not set")
        }
        return try checked(AWSCredentials(accessKey: key, secretKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"]), from: "the environment")
    }
}

/// Refuses what can't stand in a header: it would be sent, or shown, as something else.
func checked(_ credentials: AWSCredentials, from place: String) throws(TenonError) -> AWSCredentials {
    for value in [credentials.accessKey, credentials.secretKey, credentials.sessionToken ?? "x"] {
        guard !value.isEmpty, value.utf8.count <= 16_384, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TenonError(.permission, "the credentials in \(place) can't be used", cause: "they hold spaces or other stray characters")
        }
    }
    return credentials
}
