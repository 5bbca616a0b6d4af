import Testing

@testable import TenonRemote

/// Expected values are Amazon's own: the examples of "Authenticating Requests: Using the Authorization Header" in the S3 API reference, and the
/// AWS Signature Version 4 test suite; those of odd characters were made with botocore.
@Suite("Signature Version 4")
struct SignatureV4Tests {
    static let keys = AWSCredentials(accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    static let date = "20130524T000000Z"
    static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    struct Example: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var method = "GET"
        var path = "/"
        var query: [(String, String)] = []
        var headers: [(String, String)] = []
        var payload = SignatureV4Tests.empty
        var signedHeaders = "host;x-amz-content-sha256;x-amz-date"
        var signature: String
    }

    static let examples = [
        Example(
            testDescription: "GET with a range", path: "/test.txt", headers: [("range", "bytes=0-9")],
            signedHeaders: "host;range;x-amz-content-sha256;x-amz-date", signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Example(
            testDescription: "PUT", method: "PUT", path: "/test%24file.text",
            headers: [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signedHeaders: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            testDescription: "a query without a value", query: [("lifecycle", "")],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            testDescription: "a listing", query: [("max-keys", "2"), ("prefix", "J")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ]

    @Test("The examples of the S3 API reference", arguments: examples)
    func s3Examples(_ example: Example) {
        var headers = example.headers.map { (name: $0.0, value: $0.1) }
        headers += [("host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", example.payload), ("x-amz-date", SignatureV4Tests.date)]
        let request = SignatureV4.Request(
            method: example.method, path: example.path, query: example.query.map { (name: $0.0, value: $0.1) }, headers: headers,
            payloadHash: example.payload)
        let signer = SignatureV4(credentials: SignatureV4Tests.keys, region: "us-east-1", service: "s3")
        #expect(
            signer.authorization(request, date: SignatureV4Tests.date)
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=\(example.signedHeaders), "
                + "Signature=\(example.signature)")
    }

    static let suite = [
        Example(testDescription: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Example(
            testDescription: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Example(
            testDescription: "get-unreserved", path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Example(testDescription: "get-utf8", path: "/%E1%88%B4", signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        Example(testDescription: "post-vanilla", method: "POST", signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ]

    @Test("The test suite of Signature Version 4", arguments: suite)
    func testSuite(_ example: Example) {
        let keys = AWSCredentials(accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        let request = SignatureV4.Request(
            method: example.method, path: example.path, query: example.query.map { (name: $0.0, value: $0.1) },
            headers: [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")], payloadHash: example.payload)
        let authorization = SignatureV4(credentials: keys, region: "us-east-1", service: "service").authorization(request, date: "20150830T123600Z")
        #expect(authorization.hasSuffix("SignedHeaders=host;x-amz-date, Signature=\(example.signature)"))
    }

    @Test("Headers are sorted, their space is folded, and those of one name are joined in their order")
    func headers() {
        let request = SignatureV4.Request(
            method: "GET", path: "/", query: [],
            headers: [("x-b", "  two   words "), ("host", "h"), ("x-a", "2"), ("x-a", "1")], payloadHash: "hash")
        #expect(SignatureV4.canonical(request) == "GET\n/\n\nhost:h\nx-a:2,1\nx-b:two words\n\nhost;x-a;x-b\nhash")
    }

    @Test("Every byte but the unreserved ones is escaped")
    func encoding() {
        #expect(PercentEncoding.encode("a b+c/d*~%é\u{7f}=&'\"") == "a%20b%2Bc%2Fd%2A~%25%C3%A9%7F%3D%26%27%22")
        #expect(PercentEncoding.encode("a/b c", keepingSlashes: true) == "a/b%20c")
        #expect(SignatureV4.query([("b", "1"), ("a", "ü"), ("a", "+"), ("a-", "0"), ("A", "")]) == "A=&a=%2B&a=%C3%BC&a-=0&b=1")
        for code in 0..<0x300 {
            guard let scalar = Unicode.Scalar(code) else { continue }
            let text = "x\(Character(scalar))y"
            let encoded = PercentEncoding.encode(text)
            #expect(encoded.utf8.allSatisfy { $0 < 0x7F && $0 > 0x20 })
            #expect(PercentEncoding.decode(encoded) == text)
        }
        for broken in ["%", "%1", "%zz", "a%f", "%ff", "%c3"] { #expect(PercentEncoding.decode(broken) == nil) }
        #expect(PercentEncoding.decode("a+b%2b", plusIsSpace: true) == "a b+")
    }

    @Test("Credentials don't show themselves")
    func secrets() {
        let text = "\(SignatureV4Tests.keys) " + String(reflecting: SignatureV4Tests.keys) + String(describing: Optional(SignatureV4Tests.keys))
        #expect(!text.contains("wJalr"))
    }
}
