import Crypto
import FoundationEssentials
import TenonCore

/// A profile that signs in through IAM Identity Center: `aws sso login` left a token in `~/.aws/sso/cache`, which buys keys.
struct SSOCredentials: CredentialSource {
    let environment: RemoteEnvironment
    let http: CredentialHTTP
    let profile: String
    let settings: [String: String]
    let profiles: AWSProfiles

    private struct CachedToken: Decodable {
        var accessToken: String
        var expiresAt: String
    }

    private struct RoleAnswer: Decodable {
        struct Keys: Decodable {
            var accessKeyId: String
            var secretAccessKey: String
            var sessionToken: String
            var expiration: Int64
        }
        var roleCredentials: Keys
    }

    func credentials() async throws -> AWSCredentials? {
        let session = settings["sso_session"]
        let shared = try session.map { name in
            guard let found = profiles.session(name) else { throw failure("its sso-session '\(displayName(name.utf8))' is not there", hint: nil) }
            return found
        }
        guard let start = shared?["sso_start_url"] ?? settings["sso_start_url"], let region = shared?["sso_region"] ?? settings["sso_region"],
            let account = settings["sso_account_id"], let role = settings["sso_role_name"]
        else { throw failure("it lacks one of sso_start_url, sso_region, sso_account_id and sso_role_name", hint: "aws configure sso") }
        guard region.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }) else {
            throw failure("its sso_region is no region", hint: "aws configure sso")
        }
        guard let home = environment["HOME"] else { throw failure("HOME is not set", hint: nil) }

        // The file is named for the session, or for the start URL of older configurations.
        let name = SignatureV4.hex(Insecure.SHA1.hash(data: Array((session ?? start).utf8)))
        let path = "\(home)/.aws/sso/cache/\(name).json"
        let login = "aws sso login --profile \(displayName(profile.utf8))"
        guard let text = try await onFileThread({ try smallFile(path, limit: 256 << 10) }),
            let token = try? JSONDecoder().decode(CachedToken.self, from: Data(text.utf8)),
            let expiry = CalendarTime.milliseconds(iso: token.expiresAt)
        else { throw failure("you are not signed in", hint: login) }
        guard expiry > wallClock() + 60_000 else { throw failure("your sign-in has expired", hint: login) }

        let query = SignatureV4.query([("role_name", role), ("account_id", account)])
        let origin = environment["AWS_ENDPOINT_URL_SSO"] ?? "https://portal.sso.\(region).amazonaws.com"
        let answer = try await http.get("\(origin)/federation/credentials?\(query)", headers: [("x-amz-sso_bearer_token", token.accessToken)])
        guard answer.status != 401 else { throw failure("your sign-in has expired", hint: login) }
        guard answer.status == 200, let keys = try? JSONDecoder().decode(RoleAnswer.self, from: Data(answer.body)).roleCredentials else {
            throw failure("AWS gave no keys for role '\(displayName(role.utf8))' (status \(answer.status))", hint: login)
        }
        return try checked(
            AWSCredentials(accessKey: keys.accessKeyId, secretKey: keys.secretAccessKey, sessionToken: keys.sessionToken, expiry: keys.expiration),
            from: "the answer of IAM Identity Center")
    }

    private func failure(_ cause: String, hint: String?) -> TenonError {
        TenonError(.permission, "the AWS profile '\(displayName(profile.utf8))' can't be used", cause: cause, hint: hint)
    }
}
