import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import TenonCore

/// The small requests by which credentials are had.
struct CredentialHTTP: Sendable {
    let connections: HTTPConnections
    let environment: RemoteEnvironment

    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    private static let maximumAnswer = 256 << 10

    func get(_ url: String, headers: [(String, String)]) async throws -> Answer {
        try await exchange("GET", url, headers: headers)
    }

    func exchange(
        _ method: String, _ url: String, headers: [(String, String)], body: String? = nil, timeout: TimeAmount = .seconds(10)
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await connections.send(request, "get credentials", timeout: timeout)
        do {
            let body = try await response.body.collect(upTo: CredentialHTTP.maximumAnswer)
            return Answer(status: Int(response.status.code), body: Array(body.readableBytesView))
        } catch {
            throw HTTPConnections.failure(error, "get credentials", url)
        }
    }

    /// Keys of a role, from STS: signed `with` other keys, or for a token.
    func assumeRole(
        _ role: String, session: String?, externalID: String? = nil, webToken: String? = nil, region: String?, with base: AWSCredentials? = nil
    ) async throws -> AWSCredentials {
        var form = [("Action", webToken == nil ? "AssumeRole" : "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role)]
        form.append(("RoleSessionName", session ?? "tenon-\(wallClock() / 1000)"))
        if let externalID { form.append(("ExternalId", externalID)) }
        if let webToken { form.append(("WebIdentityToken", webToken)) }
        let body = SignatureV4.query(form)

        let place = region ?? "us-east-1"
        let text = environment["AWS_ENDPOINT_URL_STS"] ?? environment["AWS_ENDPOINT_URL"] ?? AWSEndpoint.origin("sts", place)
        guard let origin = HTTPOrigin(text) else {
            throw TenonError(
                .invalidArgument, "the endpoint of STS can't be used", cause: "'\(displayName(text.utf8.prefix(200)))' is no http:// or https:// URL")
        }
        var headers = [("host", origin.authority), ("content-type", "application/x-www-form-urlencoded; charset=utf-8")]
        if let base {
            let date = CalendarTime.basic(wallClock() / 1000)
            headers.append(("x-amz-date", date))
            if let token = base.sessionToken { headers.append(("x-amz-security-token", token)) }
            let signed = SignatureV4.Request(
                method: "POST", path: "/", query: [], headers: headers.map { (name: $0.0, value: $0.1) },
                payloadHash: SignatureV4.hash(Array(body.utf8)))
            headers.append(("authorization", SignatureV4(credentials: base, region: place, service: "sts").authorization(signed, date: date)))
        }
        let answer = try await exchange("POST", "\(origin)/", headers: headers, body: body)
        let reply = XMLReader.root(answer.body)
        let result = reply?["AssumeRoleResult"] ?? reply?["AssumeRoleWithWebIdentityResult"]
        guard answer.status == 200, let keys = result?["Credentials"], let key = keys["AccessKeyId"]?.text, let secret = keys["SecretAccessKey"]?.text
        else {
            let said = reply?["Error"]?["Message"]?.text ?? "status \(answer.status)"
            throw TenonError(
                .permission, "the role '\(displayName(role.utf8.prefix(200)))' can't be assumed", cause: displayName(said.utf8.prefix(300)),
                hint: "aws sts get-caller-identity")
        }
        return try checked(
            AWSCredentials(
                accessKey: key, secretKey: secret, sessionToken: keys["SessionToken"]?.text,
                expiry: (keys["Expiration"]?.text).flatMap { CalendarTime.milliseconds(iso: $0) }), from: "the answer of STS")
    }
}
