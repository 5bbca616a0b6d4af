import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on a loopback port that answers what a test wants, byte for byte: also what no server should.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        var method: String
        var uri: String
        var headers: HTTPHeaders
        var body: [UInt8]
    }

    enum Reply: Sendable {
        /// A whole answer; then the connection stays open.
        case answer(status: Int, headers: [(String, String)] = [], body: String = "")
        /// Bytes as they are; then the connection is closed.
        case raw(String)
        /// Nothing, ever.
        case silence
    }

    private let channel: any Channel
    private let requests = Mutex<[Request]>([])

    private init(channel: any Channel) {
        self.channel = channel
    }

    var origin: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    /// The requests so far.
    var received: [Request] { requests.withLock { $0 } }

    /// Runs `body` with a server that answers by `script`.
    static func with(_ script: @escaping @Sendable (Request) -> Reply, _ body: (ScriptedServer) async throws -> Void) async throws {
        let box = Box()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    try channel.pipeline.syncOperations.addHandler(
                        Handler { request in
                            box.server?.requests.withLock { $0.append(request) }
                            return script(request)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(channel: channel)
        box.set(server)
        do {
            try await body(server)
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
    }

    private final class Box: Sendable {
        private let value = Mutex<ScriptedServer?>(nil)
        var server: ScriptedServer? { value.withLock { $0 } }
        func set(_ server: ScriptedServer) { value.withLock { $0 = server } }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = ByteBuffer

        private let script: @Sendable (Request) -> Reply
        private var request: Request?

        init(_ script: @escaping @Sendable (Request) -> Reply) {
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): request = Request(method: head.method.rawValue, uri: head.uri, headers: head.headers, body: [])
            case .body(let bytes): request?.body += Array(bytes.readableBytesView)
            case .end:
                guard let request else { return }
                switch script(request) {
                case .answer(let status, let headers, let body):
                    var text = "HTTP/1.1 \(status) Status\r\n"
                    for (name, value) in headers { text += "\(name): \(value)\r\n" }
                    if !headers.contains(where: { $0.0.lowercased() == "content-length" }) { text += "Content-Length: \(body.utf8.count)\r\n" }
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n" + (request.method == "HEAD" ? "" : body))), promise: nil)
                case .raw(let text):
                    let closing = NIOLoopBound(context, eventLoop: context.eventLoop)
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in closing.value.close(promise: nil) }
                case .silence: break
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
