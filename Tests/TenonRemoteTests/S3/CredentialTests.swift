import Foundation
import TenonCore
import Testing

@testable import TenonRemote

@Suite("Where credentials come from")
struct CredentialTests {
    /// Writes `~/.aws/config` and `~/.aws/credentials` (and more files), and gives the environment of that home.
    private func withHome(
        config: String = "", credentials: String = "", files: [String: String] = [:], _ variables: [String: String] = [:],
        _ body: (RemoteEnvironment) async throws -> Void
    ) async throws {
        try await withScratchDirectory { home in
            for (name, text) in files.merging([".aws/config": config, ".aws/credentials": credentials], uniquingKeysWith: { $1 }) {
                let path = home + "/" + name
                try FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            }
            try await body(
                RemoteEnvironment(
                    variables.merging(["HOME": home, "AWS_EC2_METADATA_DISABLED": "true", "PATH": "/usr/bin:/bin"]) { first, _ in first }))
        }
    }

    private func profile(_ environment: RemoteEnvironment, _ name: String? = nil) async throws -> AWSCredentials? {
        let http = CredentialHTTP(connections: try HTTPConnections(RemoteEnvironment([:]), proxyFor: nil), environment: environment)
        let found = try await ProfileCredentials(environment: environment, http: http, name: name).credentials()
        await http.connections.close()
        return found
    }

    private func failure(_ body: () async throws -> Void) async -> TenonError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? TenonError
        }
    }

    @Test("The environment")
    func environment() throws {
        let variables = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_SESSION_TOKEN": "C"]
        #expect(
            try EnvironmentCredentials(environment: RemoteEnvironment(variables)).credentials()
                == AWSCredentials(accessKey: "A", secretKey: "B", sessionToken: "C"))
        #expect(try EnvironmentCredentials(environment: RemoteEnvironment([:])).credentials() == nil)
        #expect(throws: TenonError.self) { try EnvironmentCredentials(environment: RemoteEnvironment(["AWS_ACCESS_KEY_ID": "A"])).credentials() }
        let stray = RemoteEnvironment(["AWS_ACCESS_KEY_ID": "A\r\nX: y", "AWS_SECRET_ACCESS_KEY": "B"])
        #expect(throws: TenonError.self) { try EnvironmentCredentials(environment: stray).credentials() }
    }

    @Test("Profiles of the shared files, those of the credentials file first")
    func profiles() async throws {
        let config = """
            # comment
            [default]
            region = eu-west-1
            aws_access_key_id = from-config
            [profile work]   ; comment
            aws_access_key_id=W
            aws_secret_access_key = w/+#x # comment
            s3 =
              addressing_style = path
            [sso-session s]
            """
        let credentials =
            "[default]\naws_access_key_id = D\r\naws_secret_access_key = d\n[other]\naws_access_key_id = O\naws_secret_access_key = o\naws_session_token = t\n"
        try await withHome(config: config, credentials: credentials) { environment in
            #expect(try await profile(environment) == AWSCredentials(accessKey: "D", secretKey: "d"))
            #expect(try await profile(environment, "work") == AWSCredentials(accessKey: "W", secretKey: "w/+#x"))
            #expect(try await profile(environment, "other") == AWSCredentials(accessKey: "O", secretKey: "o", sessionToken: "t"))
            let error = await failure { _ = try await profile(environment, "none") }
            #expect(error?.code == .permission && error?.message.contains("none") == true)
            let profiles = try await AWSProfiles.read(environment)
            #expect(profiles["default"]?["region"] == "eu-west-1")
        }
        try await withHome(credentials: "[p]\naws_access_key_id = P\naws_secret_access_key = p\n", ["AWS_PROFILE": "p"]) { environment in
            let found = try await profile(environment)
            #expect(found?.accessKey == "P")
        }
        try await withHome { environment in
            let found = try await profile(environment)
            #expect(found == nil)
        }
    }

    private static let stsAnswer = """
        <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><ACTIONResult><Credentials><AccessKeyId>ASIA</AccessKeyId>
        <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></ACTIONResult></AssumeRoleResponse>
        """

    @Test("A role is assumed with the keys of another profile")
    func assumeRole() async throws {
        let config = """
            [profile base]
            aws_access_key_id = B
            aws_secret_access_key = b
            [profile role]
            role_arn = arn:aws:iam::1:role/r
            source_profile = base
            external_id = x y
            region = eu-west-1
            [profile a]
            role_arn = arn:aws:iam::1:role/a
            source_profile = b
            [profile b]
            role_arn = arn:aws:iam::1:role/b
            source_profile = a
            """
        try await ScriptedServer.with({ _ in .answer(status: 200, body: CredentialTests.stsAnswer.replacing("ACTION", with: "AssumeRole")) }) {
            server in
            try await withHome(config: config, ["AWS_ENDPOINT_URL_STS": server.origin]) { environment in
                let found = try await profile(environment, "role")
                #expect(found == AWSCredentials(accessKey: "ASIA", secretKey: "s", sessionToken: "t", expiry: 1_893_456_000_000))
                let request = try #require(server.received.first)
                let body = String(decoding: request.body, as: UTF8.self)
                #expect(
                    body.contains("Action=AssumeRole&") && body.contains("ExternalId=x%20y")
                        && body.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"))
                #expect(request.headers.first(name: "authorization")?.contains("Credential=B/") == true)
                #expect(request.headers.first(name: "authorization")?.contains("/eu-west-1/sts/aws4_request") == true)
                #expect(await failure { _ = try await profile(environment, "a") }?.code == .permission)
            }
        }
        try await ScriptedServer.with({ _ in .answer(status: 403, body: "<E><Error><Code>AccessDenied</Code><Message>no</Message></Error></E>") }) {
            server in
            try await withHome(config: config, ["AWS_ENDPOINT_URL_STS": server.origin]) { environment in
                let error = await failure { _ = try await profile(environment, "role") }
                #expect(error?.code == .permission && error?.cause == "no")
            }
        }
    }

    @Test("A web identity buys a role, unsigned")
    func webIdentity() async throws {
        try await ScriptedServer.with({ _ in
            .answer(status: 200, body: CredentialTests.stsAnswer.replacing("ACTION", with: "AssumeRoleWithWebIdentity"))
        }) { server in
            try await withHome(files: ["token": "the.token\n"], ["AWS_ENDPOINT_URL_STS": server.origin]) { environment in
                let home = try #require(environment["HOME"])
                let variables = environment.variables.merging(["AWS_WEB_IDENTITY_TOKEN_FILE": home + "/token", "AWS_ROLE_ARN": "arn:r"]) { $1 }
                let with = RemoteEnvironment(variables)
                let http = CredentialHTTP(connections: try HTTPConnections(RemoteEnvironment([:]), proxyFor: nil), environment: with)
                let found = try await WebIdentityCredentials(http: http, environment: with)?.credentials()
                #expect(found?.accessKey == "ASIA")
                let request = try #require(server.received.first)
                #expect(String(decoding: request.body, as: UTF8.self).contains("WebIdentityToken=the.token"))
                #expect(request.headers.first(name: "authorization") == nil)
                await http.connections.close()
            }
        }
    }

    @Test("A sign-in of IAM Identity Center buys a role's keys, until it expires")
    func sso() async throws {
        let config =
            "[profile s]\nsso_session = my\nsso_account_id = 1\nsso_role_name = r/1\n[sso-session my]\nsso_start_url = https://x\nsso_region = eu-west-1\n"
        let name = SignatureV4.hex(insecureSHA1("my"))
        let keys = "{\"roleCredentials\":{\"accessKeyId\":\"A\",\"secretAccessKey\":\"B\",\"sessionToken\":\"C\",\"expiration\":1893456000000}}"
        try await ScriptedServer.with({ _ in .answer(status: 200, body: keys) }) { server in
            for (expiry, isGood) in [("2099-01-01T00:00:00Z", true), ("2020-01-01T00:00:00UTC", false)] {
                let files = [".aws/sso/cache/\(name).json": "{\"accessToken\": \"tok\", \"expiresAt\": \"\(expiry)\"}"]
                try await withHome(config: config, files: files, ["AWS_ENDPOINT_URL_SSO": server.origin]) { environment in
                    if isGood {
                        let found = try await profile(environment, "s")
                        #expect(found == AWSCredentials(accessKey: "A", secretKey: "B", sessionToken: "C", expiry: 1_893_456_000_000))
                        #expect(server.received.last?.uri == "/federation/credentials?account_id=1&role_name=r%2F1")
                        #expect(server.received.last?.headers.first(name: "x-amz-sso_bearer_token") == "tok")
                    } else {
                        #expect(await failure { _ = try await profile(environment, "s") }?.hint == "aws sso login --profile s")
                    }
                }
            }
        }
    }

    @Test("A credential_process is the user's own program")
    func process() async throws {
        let good = "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"B\"}'\n"
        try await withHome(config: good) { environment in
            let found = try await profile(environment)
            #expect(found == AWSCredentials(accessKey: "A", secretKey: "B"))
        }
        try await withHome(config: "[default]\ncredential_process = echo oops >&2; exit 3\n") { environment in
            let error = await failure { _ = try await profile(environment) }
            #expect(error?.code == .permission && error?.cause?.contains("oops") == true)
        }
    }

    @Test("Containers and instances give keys")
    func machines() async throws {
        let keys = "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"B\",\"Token\":\"C\",\"Expiration\":\"2030-01-01T00:00:00Z\"}"
        try await ScriptedServer.with({ request in
            switch (request.method, request.uri) {
            case ("PUT", "/latest/api/token"): .answer(status: 200, body: "tok")
            case ("GET", "/latest/meta-data/iam/security-credentials/") where request.headers.first(name: "x-aws-ec2-metadata-token") == "tok":
                .answer(status: 200, body: "role name\n")
            case ("GET", "/latest/meta-data/iam/security-credentials/role%20name"), ("GET", "/container"): .answer(status: 200, body: keys)
            default: .answer(status: 404)
            }
        }) { server in
            let expected = AWSCredentials(accessKey: "A", secretKey: "B", sessionToken: "C", expiry: 1_893_456_000_000)
            let http = CredentialHTTP(connections: try HTTPConnections(RemoteEnvironment([:]), proxyFor: nil), environment: RemoteEnvironment([:]))
            let instance = RemoteEnvironment(["AWS_EC2_METADATA_SERVICE_ENDPOINT": server.origin])
            #expect(try await InstanceCredentials(environment: instance, http: http).credentials() == expected)
            let container = RemoteEnvironment([
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.origin + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "auth",
            ])
            #expect(try await ContainerCredentials(environment: container, http: http).credentials() == expected)
            #expect(server.received.last?.headers.first(name: "authorization") == "auth")
            let elsewhere = RemoteEnvironment(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/keys"])
            #expect(await failure { _ = try await ContainerCredentials(environment: elsewhere, http: http).credentials() }?.code == .permission)
            await http.connections.close()
        }
    }

    @Test("Credentials are kept until they are about to expire, and asked for once by many")
    func cache() async throws {
        struct Source: CredentialSource {
            let counter: Counter
            func credentials() async throws -> AWSCredentials? {
                let number = counter.next()
                try await Task.sleep(for: .milliseconds(20))
                return AWSCredentials(accessKey: "K\(number)", secretKey: "s", expiry: Int64(number) * 3_600_000)
            }
        }
        let clock = TestClock()
        let cache = CredentialCache([Source(counter: Counter())], now: { clock.milliseconds })
        let found = try await withThrowingTaskGroup(of: AWSCredentials.self) { group in
            for _ in 0..<20 { group.addTask { try await cache.credentials() } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1.accessKey) }
        }
        #expect(found == ["K1"])
        clock.set(3_600_000 - 299_000)
        #expect(try await cache.credentials().accessKey == "K2")
        await cache.expire(try await cache.credentials())
        #expect(try await cache.credentials().accessKey == "K3")
        #expect(await failure { _ = try await CredentialCache([]).credentials() }?.hint?.contains("aws") == true)
    }
}
