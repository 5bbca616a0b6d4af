import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import TenonCore

/// Serves HTTP on a Unix socket, and makes the socket anew when its file is gone.
package final class SocketServer: Service {
    private struct State {
        var socket: ListeningSocket?
        var channel: (any Channel)?
        var connections: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let state: Mutex<State>
    private let group: any EventLoopGroup
    private let http: HTTP1Channel
    private let peers: PeerCheck
    private let lifetime: Lifetime
    private let checkInterval: Duration
    private let onReady: @Sendable () -> Void
    private let log: Logger

    /// How long a request may take to arrive, and a connection may be idle.
    private static let patience = TimeAmount.seconds(30)
    /// How long clients that do not read are waited for when the daemon leaves.
    private static let farewell = TimeAmount.seconds(5)
    private static let maximumConnections = 512

    /// - Parameters:
    ///   - socket: where to listen; the server closes it.
    ///   - checkInterval: how often the socket's file is looked at.
    ///   - onReady: called once, when clients are answered.
    package init(
        socket: ListeningSocket, routes: Routes, store: String, lifetime: Lifetime, group: any EventLoopGroup, checkInterval: Duration = .seconds(60),
        log: Logger, onReady: @escaping @Sendable () -> Void = {}
    ) {
        state = Mutex(State(socket: socket))
        self.group = group
        self.lifetime = lifetime
        self.checkInterval = checkInterval
        self.onReady = onReady
        self.log = log
        peers = PeerCheck(log: log)
        let responder = RequestResponder(routes: routes, store: store, lifetime: lifetime, log: log)
        http = HTTP1Channel(
            responder: { request, writer, _ in try await responder.respond(to: request, writer) },
            configuration: .init(
                idleTimeout: SocketServer.patience,
                httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100)))
    }

    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { connections in
                connections.addTask { await self.watchSocket() }
                while let socket = self.nextSocket() {
                    let listening = try await self.listen(on: socket)
                    self.onReady()
                    try await listening.executeThenClose { inbound in
                        for try await connection in inbound {
                            connections.addTask { await self.http.handle(value: connection, logger: self.log) }
                        }
                    }
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    // MARK: The socket

    /// The socket to listen on next; `nil` when the server is to end.
    private func nextSocket() -> ListeningSocket? {
        state.withLock { $0.isStopping ? nil : $0.socket }
    }

    private func listen(on socket: ListeningSocket) async throws -> NIOAsyncChannel<HTTP1Channel.Value, Never> {
        let channel = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(socket.descriptor) { channel in
                self.peers.check(channel).flatMapThrowing { try self.enter(channel) }.flatMap { self.http.setup(channel: channel, logger: self.log) }
                    .flatMapErrorThrowing { error in
                        channel.close(promise: nil)
                        throw error
                    }
            }
        let isStopping = state.withLock { state in
            state.channel = channel.channel
            return state.isStopping
        }
        if isStopping { channel.channel.close(promise: nil) }
        return channel
    }

    private struct TooManyConnections: Error {}

    /// Enters a connection among those that are told when the daemon leaves.
    private func enter(_ channel: any Channel) throws {
        let key = ObjectIdentifier(channel)
        let isWelcome = state.withLock { state in
            guard state.connections.count < SocketServer.maximumConnections else { return false }
            state.connections[key] = channel
            return true
        }
        guard isWelcome else {
            log.warning("a connection was refused", metadata: ["reason": "too many connections"])
            throw TooManyConnections()
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.connections[key] = nil }
        }
    }

    /// Looks now and then whether clients still find the socket; if not, makes another and leaves the old one.
    private func watchSocket() async {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await Task.sleep(for: self.checkInterval) } catch { return }
                self.checkSocket()
            }
        }
    }

    private func checkSocket() {
        guard let socket = state.withLock({ $0.socket }), !socket.isInPlace, let path = socket.path else { return }
        do {
            let replacement = try ListeningSocket.bind(at: path)
            log.warning("the socket's file was gone and is made anew", metadata: ["path": "\(path)"])
            let old = state.withLock { state -> (any Channel)? in
                state.socket = replacement
                return state.channel
            }
            // The accept loop goes on with the new one.
            old?.close(promise: nil)
        } catch {
            log.error("the socket's file is gone and can't be made anew", metadata: ["error": "\(error)"])
        }
    }

    /// Takes no more connections, tells requests to stop, and lets connections end with the request that they are in.
    private func stop() {
        let (socket, channel, connections) = state.withLock { state in
            state.isStopping = true
            return (state.socket, state.channel, Array(state.connections.values))
        }
        socket?.removeFile()
        channel?.close(promise: nil)
        lifetime.cancelAll()
        for connection in connections {
            connection.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            connection.eventLoop.scheduleTask(in: SocketServer.farewell) { connection.close(promise: nil) }
        }
    }
}
