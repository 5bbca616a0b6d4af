import FoundationEssentials
import TenonCore

/// Keys as the metadata services of containers and of EC2 give them.
struct MachineKeys: Decodable {
    var accessKey: String
    var secretKey: String
    var token: String?
    var sessionToken: String?
    var expiration: String?

    enum CodingKeys: String, CodingKey {
        case accessKey = "AccessKeyId"
        case secretKey = "SecretAccessKey"
        case token = "Token"
        case sessionToken = "SessionToken"
        case expiration = "Expiration"
    }

    /// Throws `permission` for bytes that are no such answer.
    static func credentials(_ body: [UInt8], from place: String) throws -> AWSCredentials {
        guard let keys = try? JSONDecoder().decode(MachineKeys.self, from: Data(body)) else {
            throw TenonError(.permission, "no credentials came from \(place)", cause: "its answer can't be read")
        }
        return try checked(
            AWSCredentials(
                accessKey: keys.accessKey, secretKey: keys.secretKey, sessionToken: keys.token ?? keys.sessionToken,
                expiry: keys.expiration.flatMap { CalendarTime.milliseconds(iso: $0) }), from: place)
    }
}

/// What a container's agent gives: ECS, EKS Pod Identity.
struct ContainerCredentials: CredentialSource {
    let environment: RemoteEnvironment
    let http: CredentialHTTP

    func credentials() async throws -> AWSCredentials? {
        let url: String
        if let relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://169.254.170.2" + (relative.hasPrefix("/") ? relative : "/" + relative)
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            guard let origin = HTTPOrigin(full), origin.isSecure || ContainerCredentials.plainHosts.contains(origin.host) else {
                throw TenonError(
                    .permission, "no credentials can be taken from the container",
                    cause: "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this machine")
            }
            url = full
        } else {
            return nil
        }
        var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            token = try await onFileThread { try smallFile(file, limit: 64 << 10) }
        }
        let headers = token.map { [("Authorization", $0.split(whereSeparator: \.isNewline).joined())] } ?? []
        let answer = try await http.get(url, headers: headers)
        guard answer.status == 200 else {
            throw TenonError(.permission, "no credentials came from the container's agent", cause: "it answered with status \(answer.status)")
        }
        return try MachineKeys.credentials(answer.body, from: "the container's agent")
    }

    /// Those that AWS's own tools speak plain HTTP to.
    private static let plainHosts: Set<String> = ["localhost", "127.0.0.1", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
}

/// What an EC2 instance's metadata gives, by version 2 of its protocol alone.
struct InstanceCredentials: CredentialSource {
    let environment: RemoteEnvironment
    let http: CredentialHTTP

    func credentials() async throws -> AWSCredentials? {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let text = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254"
        guard let origin = HTTPOrigin(text) else {
            throw TenonError(.invalidArgument, "AWS_EC2_METADATA_SERVICE_ENDPOINT can't be used", cause: "it is no http:// or https:// URL")
        }
        // On a machine that is none of Amazon's nobody answers; no one should wait long to learn that.
        guard
            let token = try? await http.exchange(
                "PUT", "\(origin)/latest/api/token", headers: [("X-aws-ec2-metadata-token-ttl-seconds", "21600")], timeout: .seconds(1)),
            token.status == 200
        else { return nil }
        let headers = [("X-aws-ec2-metadata-token", String(decoding: token.body, as: UTF8.self))]
        let place = "\(origin)/latest/meta-data/iam/security-credentials/"
        let roles = try await http.get(place, headers: headers)
        guard roles.status == 200, let role = String(decoding: roles.body, as: UTF8.self).split(whereSeparator: \.isNewline).first else { return nil }
        let keys = try await http.get(place + PercentEncoding.encode(role), headers: headers)
        guard keys.status == 200 else {
            throw TenonError(.permission, "no credentials came from the instance's metadata", cause: "it answered with status \(keys.status)")
        }
        return try MachineKeys.credentials(keys.body, from: "the instance's metadata")
    }
}
