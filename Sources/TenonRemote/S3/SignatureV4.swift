import Crypto

/// AWS Signature Version 4: the `Authorization` header of a request.
///
/// As in "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)" of the S3 API reference.
struct SignatureV4: Sendable {
    let credentials: AWSCredentials
    let region: String
    /// `s3`, `sts`.
    let service: String

    /// What is signed.
    struct Request: Sendable {
        var method: String
        /// Percent-encoded, beginning with `/`.
        var path: String
        /// Names and values as they are, in any order.
        var query: [(name: String, value: String)]
        /// Every header to be signed, names in lower case; `host`, `x-amz-date` and, for S3, `x-amz-content-sha256` among them.
        var headers: [(name: String, value: String)]
        /// SHA-256 of the body in hexadecimal, or `UNSIGNED-PAYLOAD`.
        var payloadHash: String
    }

    /// The value of the header; `date` as `20130524T000000Z`, the same as in `x-amz-date`.
    func authorization(_ request: Request, date: String) -> String {
        let scope = "\(date.prefix(8))/\(region)/\(service)/aws4_request"
        let signed = SignatureV4.signedHeaders(request)
        let signature = signature(of: SignatureV4.stringToSign(request, date: date, scope: scope), day: String(date.prefix(8)))
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope), SignedHeaders=\(signed), Signature=\(signature)"
    }

    static func stringToSign(_ request: Request, date: String, scope: String) -> String {
        "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n" + hash(Array(canonical(request).utf8))
    }

    static func canonical(_ request: Request) -> String {
        let headers = sorted(request).map { "\($0.name):\($0.value)\n" }.joined()
        return [request.method, request.path, query(request.query), headers, signedHeaders(request), request.payloadHash].joined(separator: "\n")
    }

    /// Encoded and sorted by encoded name, then value: also the query to send.
    static func query(_ parameters: [(name: String, value: String)]) -> String {
        parameters.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { left, right in
                left.0 == right.0 ? left.1.utf8.lexicographicallyPrecedes(right.1.utf8) : left.0.utf8.lexicographicallyPrecedes(right.0.utf8)
            }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    static func signedHeaders(_ request: Request) -> String {
        sorted(request).map(\.name).joined(separator: ";")
    }

    /// By name, values of one name joined with commas; without space at the ends, runs of spaces as one.
    private static func sorted(_ request: Request) -> [(name: String, value: String)] {
        var merged: [(name: String, value: String)] = []
        let ordered = request.headers.enumerated().sorted {
            $0.element.name == $1.element.name ? $0.offset < $1.offset : $0.element.name < $1.element.name
        }
        for (_, header) in ordered {
            let value = header.value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
            if let last = merged.last, last.name == header.name {
                merged[merged.count - 1].value += "," + value
            } else {
                merged.append((header.name, value))
            }
        }
        return merged
    }

    private func signature(of text: String, day: String) -> String {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretKey)".utf8))
        for part in [day, region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return SignatureV4.hex(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// SHA-256 in hexadecimal.
    static func hash(_ bytes: [UInt8]) -> String {
        hex(SHA256.hash(data: bytes))
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
