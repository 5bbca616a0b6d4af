import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import TenonAPI

/// Answers one HTTP request: checks it, finds what it asks for, and streams the answer.
///
/// Status 200 begins an answer; every other status carries a `TenonError` as JSON. A verb's own failure is the last line of a 200 answer.
struct RequestResponder: Sendable {
    let routes: Routes
    let store: String
    let lifetime: Lifetime
    let log: Logger

    /// The longest body of a request.
    static let maximumBodyLength = 16 << 20

    func respond(to request: HummingbirdCore.Request, _ writer: consuming ResponseWriter) async throws {
        let start = ContinuousClock.now
        let accepted: (Routes.Handler, HummingbirdCore.Request, [UInt8])
        do {
            accepted = try await accept(request)
        } catch {
            let error = presentable(error)
            log.notice("request refused", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return try await refuse(error, writer)
        }
        let (handler, request, body) = accepted
        switch handler {
        case .info:
            let ticket = lifetime.begin {}
            defer { lifetime.end(ticket) }
            try await answer(routes.info(), .ok, writer)
        case .stop:
            try await answer(routes.info(), .ok, writer)
            log.notice("asked to leave")
            lifetime.requestLeave()
        case .verb(let verb):
            let outcome = try await stream(verb, request, body, writer)
            log.info("request", metadata: ["verb": "\(verb.name)", "outcome": "\(outcome)", "ms": "\(start.duration(to: .now).milliseconds)"])
        case .cat(let cat):
            try await stream(cat, request, body, writer)
            log.info("request", metadata: ["verb": "\(CatRequest.verb)", "ms": "\(start.duration(to: .now).milliseconds)"])
        }
    }

    /// Reads the body and checks the client's version. The daemon's own routes are open to any version, so that any can replace it.
    private func accept(_ request: HummingbirdCore.Request) async throws -> (Routes.Handler, HummingbirdCore.Request, [UInt8]) {
        let handler = try routes.handler(method: request.method.rawValue, path: request.head.path ?? "")
        switch handler {
        case .verb, .cat: try checkVersion(request)
        case .info, .stop: break
        }
        let body = try await collectBody(request)
        var request = request
        // What reads the rest of the stream, to see the client go away, must know that the body was taken.
        request.body = RequestBody(buffer: ByteBuffer(bytes: body))
        return (handler, request, body)
    }

    /// The whole body. One that is too long is read and dropped, up to a point, since a client may not look for an answer before it has sent all.
    private func collectBody(_ request: HummingbirdCore.Request) async throws -> [UInt8] {
        let limit = RequestResponder.maximumBodyLength
        var body: [UInt8] = []
        var length = 0
        for try await piece in request.body {
            length += piece.readableBytes
            if length <= limit { body += piece.readableBytesView }
            if length > 4 * limit { break }
        }
        guard length <= limit else {
            throw TenonError(
                .invalidArgument, "the request is too long", cause: "its body has more than \(limit >> 20) MiB", hint: "name fewer paths at once")
        }
        return body
    }

    private func checkVersion(_ request: HummingbirdCore.Request) throws(TenonError) {
        // Without the header: someone's own client, which is served as it is.
        guard let text = request.headers[.tenonAPI] else { return }
        let served = APIVersion.minimum...APIVersion.current
        guard let version = Int(text), served.contains(version) else {
            let isNewer = Int(text).map { $0 > APIVersion.current } ?? false
            throw TenonError(
                .unsupportedVersion, "this client and the daemon do not understand each other",
                cause: "the client speaks API version \(displayName(text.utf8)), the daemon (tenond \(APIVersion.release)) serves "
                    + (served.count == 1 ? "version \(APIVersion.current)" : "versions \(served.lowerBound) to \(served.upperBound)"),
                hint: isNewer ? "tenon daemon stop, so that the next command starts the newer daemon" : "install tenon \(APIVersion.release) or newer"
            )
        }
    }

    // MARK: Streaming

    private func stream(_ verb: AnyVerb, _ request: HummingbirdCore.Request, _ body: [UInt8], _ writer: consuming ResponseWriter) async throws
        -> String
    {
        let lines = EventQueue()
        let prepared: AnyVerb.Prepared
        do {
            prepared = try verb.prepare(body, lines)
        } catch {
            try await refuse(presentable(error), writer)
            return "refused"
        }
        let ticket = lifetime.begin { lines.stop() }
        async let work: Void = lines.finish(prepared.run())
        let leave: @Sendable () -> Void = { if prepared.outlivesClient { lines.drop() } else { lines.cancel() } }
        defer {
            // Reached early only when the client is gone: then the work is told, and waited for, since it may be past its commit point.
            leave()
            lifetime.end(ticket)
        }
        let body = try await writer.writeHead(head(.ok, "application/x-ndjson"))
        do {
            try await whileClientStays(request, cancel: leave) { try await write(lines.outlet, body) }
        } catch {
            leave()
            await work
            return prepared.outlivesClient ? "finished alone" : "cancelled"
        }
        await work
        return "answered"
    }

    private func stream(_ cat: @escaping CatVerb, _ request: HummingbirdCore.Request, _ body: [UInt8], _ writer: consuming ResponseWriter)
        async throws
    {
        let bytes = ByteQueue()
        let decoded: CatRequest
        do {
            decoded = try decodedRequest(CatRequest.self, body)
        } catch {
            return try await refuse(presentable(error), writer)
        }
        let ticket = lifetime.begin { bytes.stop() }
        async let work: Void = RequestResponder.run(cat, decoded, bytes)
        defer {
            bytes.cancel()
            lifetime.end(ticket)
        }
        var unused: ResponseWriter? = consume writer
        // The first byte may be long in coming: the client is watched from the beginning.
        try await whileClientStays(request, cancel: { bytes.cancel() }) {
            let start = await bytes.start()
            guard let writer = unused.take() else { return }
            switch start {
            case .failed(let error):
                try await refuse(error, writer)
            case .bytes(let length):
                var head = head(.ok, "application/octet-stream")
                if let length { head.headerFields[.contentLength] = "\(length)" }
                try await write(bytes.outlet, try await writer.writeHead(head)) {
                    // The client sees that bytes are missing: the connection ends before the body does.
                    if let failure = bytes.failure {
                        self.log.error("an answer was cut", metadata: ["verb": "cat", "error": "\(failure)"])
                        throw failure
                    }
                }
            }
        }
        await work
    }

    private static func run(_ cat: CatVerb, _ request: CatRequest, _ bytes: ByteQueue) async {
        do {
            try await cat(request, CatOutput(bytes: bytes))
            bytes.finish()
        } catch {
            bytes.finish(presentable(error, bytes.outlet, CatRequest.verb))
        }
    }

    /// Runs `answer`; if the client goes away first, `cancel` is called and the task of `answer` cancelled. Once for a request: it takes what comes in.
    private func whileClientStays(
        _ request: HummingbirdCore.Request, cancel: @escaping @Sendable () -> Void, _ answer: () async throws -> Void
    ) async throws {
        try await request.body.consumeWithCancellationOnInboundClose { _ in
            try await withTaskCancellationHandler(operation: answer, onCancel: cancel)
        }
    }

    /// Writes what comes out of `outlet` until it ends, as fast as the client reads.
    private func write(_ outlet: Outlet, _ body: some ResponseBodyWriter, beforeEnd check: () throws -> Void = {}) async throws {
        var writer = body
        while case .write(let bytes) = await outlet.next() {
            try await writer.write(ByteBuffer(bytes: bytes))
        }
        try check()
        try await writer.finish(nil)
    }

    // MARK: Answers

    private func head(_ status: HTTPResponse.Status, _ type: String) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headerFields: [.contentType: type, .tenonAPI: "\(APIVersion.current)", .tenonStore: store, .connection: "close"])
    }

    private func refuse(_ error: TenonError, _ writer: consuming ResponseWriter) async throws {
        try await answer(error, .init(code: status(of: error)), writer)
    }

    private func answer(_ value: some Encodable, _ status: HTTPResponse.Status, _ writer: consuming ResponseWriter) async throws {
        let body = try WireCoding.encode(value)
        var head = head(status, "application/json")
        head.headerFields[.contentLength] = "\(body.count)"
        try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

/// The HTTP status that stands for an error, for clients that look no further.
private func status(of error: TenonError) -> Int {
    switch error.code {
    case .invalidArgument: 400
    case .permission: 403
    case .notFound, .missingContent, .notARepository: 404
    case .conflict, .artifactState, .changedWhileReading: 409
    case .unsupportedVersion: 426
    case .unsupported: 501
    case .remote: 502
    case .busy, .cancelled, .noDaemon: 503
    case .noSpace: 507
    case .corrupt, .io, .git, .internal: 500
    }
}

extension HTTPField.Name {
    /// `Tenon-API` and `Tenon-Store`. Both are tokens, so that the fallbacks are never taken.
    static let tenonAPI = HTTPField.Name(APIVersion.header) ?? .accept
    static let tenonStore = HTTPField.Name(APIVersion.storeHeader) ?? .accept
}

extension Duration {
    /// Whole milliseconds.
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
