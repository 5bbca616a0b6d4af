import TenonCore

/// A profile of the shared files: keys, a role to assume, web identity, SSO, or a program that gives them.
struct ProfileCredentials: CredentialSource {
    let environment: RemoteEnvironment
    let http: CredentialHTTP
    /// The remote's own profile; else `AWS_PROFILE`, else `default`.
    let name: String?

    /// Roles that assume roles: AWS allows one step; a loop must end.
    private static let maximumChain = 5

    func credentials() async throws -> AWSCredentials? {
        let profiles = try await AWSProfiles.read(environment)
        let chosen = name ?? environment["AWS_PROFILE"]
        guard let settings = profiles[chosen ?? "default"] else {
            guard let chosen else { return nil }
            throw TenonError(
                .permission, "the AWS profile '\(displayName(chosen.utf8.prefix(100)))' can't be used",
                cause: "neither ~/.aws/config nor ~/.aws/credentials has it",
                hint: "aws configure list-profiles")
        }
        return try await credentials(chosen ?? "default", settings, profiles, depth: 0)
    }

    private func credentials(_ name: String, _ settings: [String: String], _ profiles: AWSProfiles, depth: Int) async throws -> AWSCredentials? {
        guard depth < ProfileCredentials.maximumChain else { throw failure(name, "its source_profile leads back to it") }
        if let role = settings["role_arn"] {
            if let file = settings["web_identity_token_file"] {
                return try await WebIdentityCredentials(
                    http: http, environment: environment, role: role, tokenFile: file, session: settings["role_session_name"],
                    region: settings["region"]
                ).credentials()
            }
            let base: AWSCredentials
            if let source = settings["source_profile"] {
                if source == name {
                    guard let own = try keys(name, settings) else { throw failure(name, "its source_profile is itself, and it has no keys") }
                    base = own
                } else {
                    guard let next = profiles[source] else { throw failure(name, "its source_profile '\(displayName(source.utf8))' is not there") }
                    guard let found = try await credentials(source, next, profiles, depth: depth + 1) else {
                        throw failure(name, "its source_profile '\(displayName(source.utf8))' has no credentials")
                    }
                    base = found
                }
            } else if let source = settings["credential_source"] {
                base = try await machine(source, name)
            } else {
                throw failure(name, "it has a role_arn, and neither source_profile nor credential_source")
            }
            if settings["mfa_serial"] != nil {
                throw failure(name, "its role asks for a code of a device (mfa_serial), which nobody can be asked for here")
            }
            return try await http.assumeRole(
                role, session: settings["role_session_name"], externalID: settings["external_id"],
                region: settings["region"] ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"], with: base)
        }
        if settings["sso_session"] != nil || settings["sso_start_url"] != nil {
            return try await SSOCredentials(environment: environment, http: http, profile: name, settings: settings, profiles: profiles).credentials()
        }
        if let found = try keys(name, settings) { return found }
        if let command = settings["credential_process"] {
            return try await CredentialProcess(environment: environment, profile: name, command: command).credentials()
        }
        return nil
    }

    private func keys(_ name: String, _ settings: [String: String]) throws -> AWSCredentials? {
        guard let key = settings["aws_access_key_id"] else { return nil }
        guard let secret = settings["aws_secret_access_key"] else { throw failure(name, "it has no aws_secret_access_key") }
        return try checked(
            AWSCredentials(accessKey: key, secretKey: secret, sessionToken: settings["aws_session_token"]),
            from: "AWS profile '\(displayName(name.utf8))'")
    }

    private func machine(_ source: String, _ name: String) async throws -> AWSCredentials {
        let found: AWSCredentials? =
            switch source {
            case "Environment": try EnvironmentCredentials(environment: environment).credentials()
            case "EcsContainer": try await ContainerCredentials(environment: environment, http: http).credentials()
            case "Ec2InstanceMetadata": try await InstanceCredentials(environment: environment, http: http).credentials()
            default: throw failure(name, "its credential_source '\(displayName(source.utf8))' is unknown")
            }
        guard let found else { throw failure(name, "its credential_source \(source) has no credentials") }
        return found
    }

    private func failure(_ name: String, _ cause: String) -> TenonError {
        TenonError(.permission, "the AWS profile '\(displayName(name.utf8))' can't be used", cause: cause)
    }
}
