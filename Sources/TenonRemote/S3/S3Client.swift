import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import TenonCore

/// Sends signed requests to one bucket: finds its region, keeps to the storage's clock, renews credentials. Answers are the caller's to judge.
final class S3Client: Sendable {
    private struct State {
        var region: String?
        /// The storage's clock less ours, in milliseconds.
        var skew: Int64 = 0
        /// The storage takes `x-amz-checksum-sha256`.
        var takesChecksums = true
    }

    let location: S3Location
    private let settings: S3Settings
    private let endpoint: HTTPOrigin?
    private let connections: HTTPConnections
    private let credentials: CredentialCache
    private let state: Mutex<State>

    static let maximumErrorLength = 64 << 10

    init(_ location: S3Location, _ settings: S3Settings, _ environment: RemoteEnvironment) async throws {
        self.location = location
        self.settings = settings
        let profiles = try await AWSProfiles.read(environment)
        let profile = profiles[settings.profile ?? environment["AWS_PROFILE"] ?? "default"] ?? [:]
        let text = settings.endpoint ?? environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"] ?? profile["endpoint_url"]
        endpoint = try text.map { text in
            guard let origin = HTTPOrigin(text) else {
                throw TenonError(
                    .invalidArgument, "the endpoint '\(displayName(text.utf8.prefix(200)))' can't be used",
                    cause: "it is not of the form https://HOST[:PORT]")
            }
            return origin
        }
        let region = settings.region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? profile["region"]
        if let region, !AWSEndpoint.isRegion(region) {
            throw TenonError(.invalidArgument, "the region '\(displayName(region.utf8.prefix(100)))' can't be used", cause: "it is no region's name")
        }
        connections = try HTTPConnections(environment, proxyFor: endpoint ?? HTTPOrigin(AWSEndpoint.origin("s3", region ?? "us-east-1")))
        state = Mutex(State(region: region))

        // What metadata services say goes past any proxy.
        let http = CredentialHTTP(connections: connections, environment: environment)
        let metadata = CredentialHTTP(connections: try HTTPConnections(RemoteEnvironment([:]), proxyFor: nil), environment: environment)
        var sources: [any CredentialSource] = []
        // A profile that the remote names goes before the environment, as `--profile` does with AWS's own tools.
        if settings.profile == nil {
            sources.append(EnvironmentCredentials(environment: environment))
            if let identity = WebIdentityCredentials(http: http, environment: environment) { sources.append(identity) }
        }
        sources.append(ProfileCredentials(environment: environment, http: http, name: settings.profile))
        sources.append(ContainerCredentials(environment: environment, http: metadata))
        sources.append(InstanceCredentials(environment: environment, http: metadata))
        credentials = CredentialCache(sources)
    }

    func close() async {
        await connections.close()
    }

    /// Sends a request and returns its answer, whatever the status, once region, clock and credentials are not what is wrong with it.
    func send(_ request: S3Request) async throws -> S3Response {
        var corrections: Set<Correction> = []
        while true {
            let (keys, response) = try await attempt(request)
            guard response.status >= 300, response.status != 404, response.status != 412, response.status != 416 else { return response }
            // Each thing is put right once; then the answer stands.
            guard let correction = try await correction(response, to: request, keys), corrections.insert(correction).inserted else { return response }
        }
    }

    private enum Correction: Hashable {
        case region, clock, credentials, checksums
    }

    private func attempt(_ request: S3Request) async throws -> (AWSCredentials, S3Response) {
        let keys = try await credentials.credentials()
        let (region, skew, takesChecksums) = state.withLock { ($0.region ?? "us-east-1", $0.skew, $0.takesChecksums) }
        let (origin, path) = try address(request.key, region: region)
        let date = CalendarTime.basic((wallClock() + skew) / 1000)
        let hash = request.payloadHash
        var headers =
            request.headers + [
                (name: "host", value: origin.authority), (name: "x-amz-content-sha256", value: hash), (name: "x-amz-date", value: date),
            ]
        if takesChecksums, let checksum = request.checksum { headers.append((name: "x-amz-checksum-sha256", value: checksum)) }
        if let token = keys.sessionToken { headers.append((name: "x-amz-security-token", value: token)) }
        let signed = SignatureV4.Request(method: request.method, path: path, query: request.query, headers: headers, payloadHash: hash)
        headers.append(
            (name: "authorization", value: SignatureV4(credentials: keys, region: region, service: "s3").authorization(signed, date: date)))

        let query = SignatureV4.query(request.query)
        var sent = HTTPClientRequest(url: "\(origin)\(path)" + (query.isEmpty ? "" : "?" + query))
        sent.method = HTTPMethod(rawValue: request.method)
        for header in headers { sent.headers.add(name: header.name, value: header.value) }
        let failure = BodyFailure()
        switch request.body {
        case .none:
            // A PUT or POST without a body must say so (RFC 9110, 8.6).
            if request.method == "PUT" || request.method == "POST" { sent.body = .bytes(ByteBuffer()) }
        case .bytes(let bytes): sent.body = .bytes(ByteBuffer(bytes: bytes))
        case .object(let body): sent.body = .stream(S3BodyStream(body: body, failure: failure), length: .known(Int64(body.count)))
        }
        do {
            return (keys, S3Response(try await connections.send(sent, request.action), action: request.action, url: sent.url))
        } catch {
            throw failure.error ?? error
        }
    }

    /// What to change before the request is sent again; `nil`: nothing.
    private func correction(_ response: S3Response, to request: S3Request, _ keys: AWSCredentials) async throws -> Correction? {
        let failure = try await response.failure()
        if let region = response.header("x-amz-bucket-region") ?? failure.region, AWSEndpoint.isRegion(region) {
            let isNew = state.withLock { state in
                defer { state.region = region }
                return state.region ?? "us-east-1" != region
            }
            if isNew { return .region }
        }
        switch failure.code {
        case "RequestTimeTooSkewed":
            guard let time = response.header("date").flatMap({ CalendarTime.milliseconds(httpDate: $0) }) else { return nil }
            state.withLock { $0.skew = time - wallClock() }
            return .clock
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            await credentials.expire(keys)
            return .credentials
        case "NotImplemented" where request.checksum != nil:
            let isNew = state.withLock { state in
                defer { state.takesChecksums = false }
                return state.takesChecksums
            }
            return isNew ? .checksums : nil
        default: return nil
        }
    }

    /// Where a key is asked for: the host, and the path on it, percent-encoded.
    private func address(_ key: String?, region: String) throws -> (HTTPOrigin, String) {
        let encoded = key.map { PercentEncoding.encode($0, keepingSlashes: true) } ?? ""
        let base = endpoint ?? HTTPOrigin(AWSEndpoint.origin("s3", region))
        guard let base else { throw TenonError(.internal, "there is no endpoint for region '\(region)'") }
        // A bucket with dots has no certificate as a host, and an address has no names below it.
        let isName = !location.bucket.contains(".") && !location.bucket.contains("_") && location.bucket == location.bucket.lowercased()
        let isVirtual = settings.addressing == .virtual || (settings.addressing == .automatic && endpoint == nil && isName)
        return isVirtual
            ? (HTTPOrigin(isSecure: base.isSecure, host: "\(location.bucket).\(base.host)", port: base.port), "/\(encoded)")
            : (base, "/\(location.bucket)" + (key == nil ? "" : "/\(encoded)"))
    }
}
