import Crypto
import TenonCore
import TenonTesting
import Testing

@testable import TenonRemote

/// What S3-compatible storages, and whoever stands before them, answer when they are broken, elsewhere or no storage at all.
@Suite("S3 storages that misbehave")
struct HostileStorageTests {
    private static let environment = RemoteEnvironment(["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "very-secret", "HOME": "/nonexistent"])
    private static let stamp = [("ETag", "\"e\""), ("Last-Modified", "Fri, 24 May 2013 00:00:00 GMT")]
    private let name: ObjectName

    init() throws {
        name = try ObjectName("packs/one.pack")
    }

    private func withRemote(
        _ script: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply, change: (inout S3Settings) -> Void = { _ in },
        _ body: (Remote, ScriptedServer) async throws -> Void
    ) async throws {
        try await ScriptedServer.with(script) { server in
            var settings = S3Settings(endpoint: server.origin, region: "us-east-1")
            change(&settings)
            let place = S3Location(bucket: "bucket", prefix: "p")
            var policy = RetryPolicy.forTests
            policy.attempts = 3
            let remote = Remote(try await S3Storage(place, settings: settings, environment: HostileStorageTests.environment), policy: policy)
            try await body(remote, server)
            await remote.close()
        }
    }

    private func failure(_ body: () async throws -> Void) async -> TenonError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? TenonError
        }
    }

    private static func error(_ status: Int, _ code: String, _ more: String = "", headers: [(String, String)] = []) -> ScriptedServer.Reply {
        .answer(
            status: status, headers: headers,
            body:
                "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>it \u{1b}[31mfailed</Message>\(more)<StringToSign>very-secret</StringToSign></Error>"
        )
    }

    struct Answer: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var reply: ScriptedServer.Reply
        var range = ObjectRange.bytes(2..<6)
    }

    @Test(
        "Bytes that were not asked for are not delivered",
        arguments: [
            Answer(testDescription: "the whole object for a range", reply: .answer(status: 200, headers: stamp, body: "0123456789")),
            Answer(testDescription: "another range", reply: .answer(status: 206, headers: stamp + [("Content-Range", "bytes 3-6/10")], body: "3456")),
            Answer(
                testDescription: "a longer range", reply: .answer(status: 206, headers: stamp + [("Content-Range", "bytes 2-6/10")], body: "23456")),
            Answer(
                testDescription: "a length that is not the range's",
                reply: .answer(status: 206, headers: stamp + [("Content-Range", "bytes 2-5/10")], body: "234")),
            Answer(testDescription: "no range", reply: .answer(status: 206, headers: stamp, body: "2345")),
            Answer(
                testDescription: "a range that is none",
                reply: .answer(status: 206, headers: stamp + [("Content-Range", "bytes 5-2/10")], body: "2345")),
            Answer(
                testDescription: "a huge range",
                reply: .answer(status: 206, headers: stamp + [("Content-Range", "bytes 2-99999999999999999999/10")], body: "2345")),
            Answer(testDescription: "no ETag", reply: .answer(status: 206, headers: [stamp[1], ("Content-Range", "bytes 2-5/10")], body: "2345")),
            Answer(testDescription: "no time", reply: .answer(status: 206, headers: [stamp[0], ("Content-Range", "bytes 2-5/10")], body: "2345")),
            Answer(testDescription: "200 with a page", reply: .answer(status: 200, body: "<html>Please sign in</html>"), range: .whole),
            Answer(
                testDescription: "no length",
                reply: .raw("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nLast-Modified: Fri, 24 May 2013 00:00:00 GMT\r\n\r\n0123"),
                range: .whole),
            Answer(
                testDescription: "a length that no object has",
                reply: .raw(
                    "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nLast-Modified: Fri, 24 May 2013 00:00:00 GMT\r\nContent-Length: 9223372036854775808\r\n\r\n01"),
                range: .whole),
            Answer(testDescription: "no HTTP", reply: .raw("SSH-2.0-OpenSSH_9.2\r\n"), range: .whole),
        ])
    func wrongRanges(_ answer: Answer) async throws {
        try await withRemote({ _ in answer.reply }) { remote, _ in
            let sink = CollectingSink(limit: 100)
            let error = await failure { try await remote.read(name, answer.range, into: sink) }
            #expect(error?.code == .corrupt || error?.code == .remote, "\(String(describing: error))")
            #expect(sink.bytes.isEmpty)
        }
    }

    @Test("An object can't be longer than any object", arguments: ["9223372036854775808", "18446744073709551615"])
    func endlessObject(_ length: String) async throws {
        try await withRemote({ _ in .answer(status: 200, headers: HostileStorageTests.stamp + [("Content-Length", length)]) }) { remote, _ in
            #expect(await failure { _ = try await remote.head(name) }?.code == .corrupt)
        }
    }

    @Test("A body that ends early is asked for again from there")
    func shortBody() async throws {
        let head = "HTTP/1.1 206 Partial\r\nETag: \"e\"\r\nLast-Modified: Fri, 24 May 2013 00:00:00 GMT\r\n"
        try await withRemote({ request in
            request.headers.first(name: "range") == "bytes=2-5"
                ? .raw(head + "Content-Length: 4\r\nContent-Range: bytes 2-5/10\r\n\r\n23")
                : .raw(head + "Content-Length: 2\r\nContent-Range: bytes 4-5/10\r\n\r\n45")
        }) { remote, server in
            let read = try await remote.bytes(of: name, .bytes(2..<6), limit: 10)
            #expect(read.bytes == Array("2345".utf8))
            #expect(server.received.compactMap { $0.headers.first(name: "range") } == ["bytes=2-5", "bytes=4-5"])
        }
    }

    @Test("A redirect is not followed, so no signature goes elsewhere", arguments: [301, 302, 307, 308])
    func redirects(_ status: Int) async throws {
        try await ScriptedServer.with({ _ in .answer(status: 200) }) { other in
            try await withRemote({ _ in .answer(status: status, headers: [("Location", other.origin + "/stolen")]) }) { remote, server in
                let error = await failure { _ = try await remote.contents(of: name, limit: 10) }
                #expect(error?.code == .invalidArgument)
                #expect(!server.received.isEmpty)
            }
            #expect(other.received.isEmpty)
        }
    }

    @Test("A bucket that is not there is named")
    func missingBucket() async throws {
        try await withRemote({ _ in HostileStorageTests.error(404, "NoSuchBucket") }) { remote, _ in
            let error = await failure { _ = try await remote.page(.all) }
            #expect(error?.message.contains("'s3://") == true)
        }
    }

    @Test(
        "What the storage says becomes an error with a remedy, and no secret",
        arguments: [
            ("NoSuchBucket", 404, TenonError.Code.notFound, "create the bucket"), ("AccessDenied", 403, .permission, "s3:GetObject"),
            ("SignatureDoesNotMatch", 403, .permission, "secret key"), ("InvalidAccessKeyId", 403, .permission, "credentials"),
            ("RequestTimeTooSkewed", 403, .permission, "clock"), ("ExpiredToken", 400, .permission, "credentials"),
            ("AuthorizationHeaderMalformed", 400, .invalidArgument, "region"), ("QuotaExceeded", 403, .noSpace, "quota"),
            ("SlowDown", 503, .remote, "again"),
            ("InternalError", 500, .remote, "again"), ("NotImplemented", 501, .unsupported, ""), ("Weird", 418, .remote, ""),
        ])
    func errors(_ code: String, _ status: Int, _ expected: TenonError.Code, _ hint: String) async throws {
        try await withRemote({ _ in HostileStorageTests.error(status, code) }) { remote, _ in
            // HEAD can't tell a bucket that is not there from a key that is not.
            for call in [
                { _ = try await remote.contents(of: name, limit: 10) }, { _ = try await remote.create(name, bytes: [1]) },
                { _ = try await remote.page(.all) }, { _ = try await remote.head(name) },
            ].prefix(status == 404 ? 3 : 4) {
                let error = await failure(call)
                #expect(error?.code == expected)
                #expect(error?.hint?.contains(hint) ?? hint.isEmpty)
                let text = "\(String(describing: error))"
                #expect(!text.contains("very-secret") && !text.contains("\u{1b}"))
            }
        }
    }

    @Test("A storage that is busy is asked again, and then obeyed")
    func busy() async throws {
        let counter = Counter()
        try await withRemote({ request in
            // Before it sends the bytes again, it looks whether the first attempt was carried out.
            if request.method == "HEAD" { return .answer(status: 404) }
            return counter.next() < 3 ? HostileStorageTests.error(503, "SlowDown", headers: [("Retry-After", "0")]) : .answer(status: 200)
        }) { remote, _ in
            let outcome = try await remote.create(name, bytes: [1])
            #expect(outcome == .created)
        }
    }

    @Test("The bucket's region is taken from the storage, once")
    func region() async throws {
        try await withRemote({ request in
            let isThere = request.headers.first(name: "authorization")?.contains("/eu-central-1/s3/") == true
            return isThere ? .answer(status: 200) : HostileStorageTests.error(400, "AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>")
        }) { remote, server in
            _ = try await remote.create(name, bytes: [1])
            _ = try await remote.create(name, bytes: [1])
            #expect(server.received.count == 3)
        }
        try await withRemote({ _ in HostileStorageTests.error(400, "AuthorizationHeaderMalformed", "<Region>evil.example/x</Region>") }) {
            remote, server in
            #expect(await failure { _ = try await remote.create(name, bytes: [1]) }?.code == .invalidArgument)
            #expect(server.received.count == 1)
        }
    }

    @Test("The storage's clock is kept to")
    func clock() async throws {
        try await withRemote({ request in
            request.headers.first(name: "x-amz-date")?.hasPrefix("20130524T") == true
                ? .answer(status: 200) : HostileStorageTests.error(403, "RequestTimeTooSkewed", headers: [("Date", "Fri, 24 May 2013 12:00:00 GMT")])
        }) { remote, _ in
            let outcome = try await remote.create(name, bytes: [1])
            #expect(outcome == .created)
        }
    }

    @Test("What is wrong with a look at an object is put right, though its answer can't say what it is")
    func headCorrection() async throws {
        try await withRemote({ request in
            let isRight = request.headers.first(name: "x-amz-date")?.hasPrefix("20130524T") == true
            if isRight { return .answer(status: 200, headers: HostileStorageTests.stamp + [("Content-Length", "1")], body: "x") }
            return HostileStorageTests.error(403, "RequestTimeTooSkewed", headers: [("Date", "Fri, 24 May 2013 12:00:00 GMT")])
        }) { remote, server in
            let entry = try await remote.head(name)
            #expect(entry?.size == 1)
            #expect(server.received.map(\.method) == ["HEAD", "GET", "GET", "HEAD"])
        }
    }

    private static func listing(_ keys: [String], isCut: Bool = false, more: String = "") -> ScriptedServer.Reply {
        let contents = keys.map {
            "<Contents><Key>\($0)</Key><LastModified>2013-05-24T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>"
        }
        return .answer(
            status: 200,
            body:
                "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>\(isCut)</IsTruncated>\(contents.joined())\(more)</ListBucketResult>")
    }

    @Test("Keys of others in a listing are passed over, and lead nowhere")
    func foreignKeys() async throws {
        let keys = [
            "p/..%2F..%2Fetc", "p/../x", "p/README.md", "p/a%00b", "p/a/b", "p/a//b", "p//a", "p/.tenon/x", "p/\(String(repeating: "a", count: 900))",
        ]
        try await withRemote({ _ in HostileStorageTests.listing(keys) }) { remote, _ in
            let page = try await remote.page(.all)
            #expect(page.entries.map(\.name.text) == ["a/b"])
        }
    }

    @Test("A page full of other people's keys is not the end")
    func foreignPages() async throws {
        try await withRemote({ request in
            request.uri.contains("start-after") ? HostileStorageTests.listing(["p/packs"]) : HostileStorageTests.listing(["p/A", "p/B"], isCut: true)
        }) { remote, _ in
            let page = try await remote.page(.all)
            #expect(page.entries.map(\.name.text) == ["packs"])
        }
    }

    @Test(
        "A listing that lies is refused",
        arguments: [
            listing(["q/a"]), listing(["a"]), listing(["p/b", "p/a"]), listing(["p/a", "p/a"]), listing(["p/%zz"]), listing([], isCut: true),
            listing(["p/A"], isCut: true), listing(["p/\(String(repeating: "a", count: 10_000))"]), listing((0..<1001).map { "p/\(10_000 + $0)" }),
            .answer(status: 200, body: "<html>hello</html>"), .answer(status: 200, body: ""),
            .answer(status: 200, body: "<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult/>"),
            .answer(status: 200, body: "<ListBucketResult><Contents><Key>p/a</Key><Size>-1</Size></Contents></ListBucketResult>"),
            .answer(status: 200, body: "<ListBucketResult>" + String(repeating: " ", count: 17 << 20) + "</ListBucketResult>"),
        ] as [ScriptedServer.Reply])
    func lyingListing(_ reply: ScriptedServer.Reply) async throws {
        try await withRemote({ _ in reply }) { remote, server in
            let error = await failure { for try await _ in remote.objects(.all) {} }
            #expect(error?.code == .corrupt)
            #expect(server.received.count < 10)
        }
    }

    @Test("An upload in parts resumes after a break, and is not sent twice")
    func parts() async throws {
        let counter = Counter()
        let bytes = seededBytes(25)
        try await withRemote(
            { request in
                let uri = request.uri
                if request.method == "POST", uri.contains("uploads=") { return .answer(status: 200, body: "<I><UploadId>u/1&amp;2</UploadId></I>") }
                if request.method == "PUT", uri.contains("partNumber=2"), counter.next() == 1 {
                    return HostileStorageTests.error(500, "InternalError")
                }
                if request.method == "PUT" { return .answer(status: 200, headers: [("ETag", "\"e\"")]) }
                if request.method == "POST" { return .answer(status: 200, body: "<CompleteMultipartUploadResult/>") }
                return .answer(status: 404)
            },
            change: {
                $0.partThreshold = 20
                $0.partSize = 10
            }
        ) { remote, server in
            let outcome = try await remote.create(name, bytes: bytes)
            #expect(outcome == .created)
            let puts = server.received.filter { $0.method == "PUT" }
            #expect(puts.map { String($0.uri.split(separator: "?").last ?? "") } == [1, 2, 2, 3].map { "partNumber=\($0)&uploadId=u%2F1%262" })
            #expect(puts[0].body + puts[2].body + puts[3].body == bytes)
            let complete = try #require(server.received.last)
            #expect(complete.headers.first(name: "if-none-match") == "*")
            #expect(XMLReader.root(complete.body)?.all("Part").compactMap { $0["ETag"]?.text } == ["\"e\"", "\"e\"", "\"e\""])
        }
    }

    @Test("A completed upload that brings an error with its 200 is no success", arguments: [("PreconditionFailed", true), ("InternalError", false)])
    func completion(_ code: String, _ isThere: Bool) async throws {
        try await withRemote(
            { request in
                switch (request.method, request.uri.contains("uploads=")) {
                case ("POST", true): .answer(status: 200, body: "<I><UploadId>u</UploadId></I>")
                case ("POST", false): .answer(status: 200, body: "  <Error><Code>\(code)</Code></Error>")
                case ("PUT", _): .answer(status: 200, headers: [("ETag", "\"e\"")])
                case ("DELETE", _): .answer(status: 204)
                default: .answer(status: 404)
                }
            },
            change: {
                $0.partThreshold = 20
                $0.partSize = 10
            }
        ) { remote, server in
            if isThere {
                let outcome = try await remote.create(name, bytes: seededBytes(25))
                #expect(outcome == .alreadyThere)
            } else {
                #expect(await failure { _ = try await remote.create(name, bytes: seededBytes(25)) }?.code == .remote)
                await remote.close()
            }
            #expect(server.received.last?.method == "DELETE")
        }
    }

    @Test("Names, prefix and tags go out escaped, and what is signed is what is sent")
    func escaping() async throws {
        try await ScriptedServer.with({ _ in .answer(status: 204) }) { server in
            let place = S3Location(bucket: "bucket", prefix: "a b+c/é%/~'()*!")
            let settings = S3Settings(endpoint: server.origin, region: "us-east-1")
            let remote = Remote(try await S3Storage(place, settings: settings, environment: HostileStorageTests.environment), policy: .forTests)
            _ = try await remote.delete(name, try #require(ObjectTag("\"a-1\"")))
            let request = try #require(server.received.first)
            #expect(request.uri == "/bucket/a%20b%2Bc/%C3%A9%25/~%27%28%29%2A%21/packs/one.pack")
            #expect(request.headers.first(name: "if-match") == "\"a-1\"")
            #expect(request.headers.first(name: "host") == String(server.origin.dropFirst("http://".count)))
            await remote.close()
        }
    }

    @Test("A storage that is not there is named, with what to check")
    func unreachable() async throws {
        var settings = S3Settings(endpoint: "http://127.0.0.1:1", region: "us-east-1")
        settings.addressing = .path
        let storage = try await S3Storage(S3Location(bucket: "bucket", prefix: ""), settings: settings, environment: HostileStorageTests.environment)
        let remote = Remote(storage, policy: .forTests)
        let error = await failure { _ = try await remote.head(name) }
        #expect(error?.code == .remote)
        #expect(error?.cause?.contains("http://127.0.0.1:1") == true && error?.cause?.contains("refused") == true, "\(String(describing: error))")
        await remote.close()
    }

    @Test("The long page of a proxy is judged by its status, not taken for damage")
    func longErrorPage() async throws {
        let page = String(repeating: "<p>busy</p>", count: 20_000)
        try await withRemote({ _ in .answer(status: 503, body: page) }) { remote, server in
            #expect(await failure { _ = try await remote.contents(of: name, limit: 10) }?.code == .remote)
            #expect(server.received.count == 3)
        }
    }

    @Test("A silent storage is given up after the stall time")
    func silence() async throws {
        try await ScriptedServer.with({ _ in .silence }) { server in
            var policy = RetryPolicy.forTests
            policy.stall = .milliseconds(200)
            policy.patience = .milliseconds(200)
            let settings = S3Settings(endpoint: server.origin, region: "us-east-1")
            let storage = try await S3Storage(
                S3Location(bucket: "bucket", prefix: ""), settings: settings, environment: HostileStorageTests.environment)
            let remote = Remote(storage, policy: policy)
            let started = ContinuousClock.now
            #expect(await failure { _ = try await remote.head(name) }?.code == .remote)
            #expect(await failure { _ = try await remote.create(name, bytes: [1]) }?.code == .remote)
            #expect(ContinuousClock.now - started < .seconds(20))
            await remote.close()
        }
    }

    @Test("An upload goes out in small pieces, each of them noted, so that a slow one is no stalled one", arguments: [false, true])
    func pieces(_ isPart: Bool) async throws {
        let bytes = seededBytes(1 << 20 | 1)
        let whole = ObjectBody(bytes: bytes).watched(by: Activity())
        let body = isPart ? whole.part(bytes) : whole
        #expect(body.source is WatchedSource)
        var sent: [UInt8] = []
        for try await piece in S3BodyStream(body: body, failure: BodyFailure()) {
            #expect(piece.readableBytes <= 64 << 10)
            sent += piece.readableBytesView
        }
        #expect(sent == bytes)
    }

    @Test("Parts go out with their checksums")
    func checksumsOfParts() async throws {
        let bytes = seededBytes(2 << 20 | 1)
        try await ScriptedServer.with { request in
            if request.method == "PUT" { return .answer(status: 200, headers: [("ETag", "\"e\"")]) }
            guard request.method == "POST" else { return .answer(status: 404) }
            return .answer(
                status: 200, body: request.uri.contains("uploads=") ? "<I><UploadId>u</UploadId></I>" : "<CompleteMultipartUploadResult/>")
        } _: { server in
            var settings = S3Settings(endpoint: server.origin, region: "us-east-1")
            (settings.partThreshold, settings.partSize) = (1 << 20, 1 << 20)
            let place = S3Location(bucket: "bucket", prefix: "")
            let remote = Remote(try await S3Storage(place, settings: settings, environment: HostileStorageTests.environment), policy: .forTests)
            #expect(try await remote.create(name, ObjectBody(bytes: bytes)) == .created)
            let puts = server.received.filter { $0.method == "PUT" }
            #expect(puts.count == 3 && puts.flatMap(\.body) == bytes)
            for put in puts { #expect(put.headers.first(name: "content-md5") == Base64.encode(Array(Insecure.MD5.hash(data: put.body)))) }
            await remote.close()
        }
    }
}
