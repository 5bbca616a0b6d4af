import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TenonCore

/// HTTP for one remote: a pool of connections that follows no redirect, decodes nothing and repeats nothing by itself.
final class HTTPConnections: Sendable {
    private let client: HTTPClient

    /// `isProxied` says whether the environment's proxy is for these connections.
    init(_ environment: RemoteEnvironment, proxyFor url: HTTPOrigin?) throws {
        var configuration = HTTPClient.Configuration()
        // A redirect to another host would take the signature along.
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.idleTimeout = .seconds(20)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.connectionPool.retryConnectionEstablishment = false
        if let url, let proxy = try ProxySettings(environment).proxy(for: url) {
            configuration.proxy = .server(host: proxy.host, port: proxy.port)
        }
        if let roots = environment["AWS_CA_BUNDLE"] ?? environment["SSL_CERT_FILE"] {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(roots)
            configuration.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // A remote that nobody closed. The client must not go before its connections have.
        client.shutdown { [client] _ in _ = client }
    }

    func close() async {
        try? await client.shutdown()
    }

    /// Sends a request. Throws `TransientFailure` where no answer came; `action` says for whom: `read 'packs/ab'`.
    func send(_ request: HTTPClientRequest, _ action: String, timeout: TimeAmount = .hours(24)) async throws -> HTTPClientResponse {
        do {
            return try await client.execute(request, timeout: timeout)
        } catch {
            throw HTTPConnections.failure(error, action, request.url)
        }
    }

    /// What an error of the connection means.
    static func failure(_ error: any Error, _ action: String, _ url: String) -> any Error {
        if Task.isCancelled || error is CancellationError { return CancellationError() }
        if error is TenonError || error is TransientFailure { return error }
        let host = HTTPOrigin(url)?.description ?? "the host"
        if let error = error as? NIOSSLError, case .handshakeFailed = error {
            return TenonError(
                .remote, "can't \(action)", cause: "\(host) does not prove who it is (\(short(error)))",
                hint: "check the endpoint; for a certificate authority of your own, set AWS_CA_BUNDLE to its certificates")
        }
        return TransientFailure(
            TenonError(
                .remote, "can't \(action)", cause: "\(host): \(reason(error))",
                hint: "check the network, the remote's URL and endpoint, and that the storage is up; then run the command again"),
            isAnswer: false)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: return "no connection within 10 seconds"
            case .remoteConnectionClosed: return "the connection was closed"
            case .deadlineExceeded: return "no answer in time"
            default: return error.shortDescription
            }
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return reason(first.error) }
            return "the host's name is not known"
        case let error as IOError: return systemText(error.errnoCode)
        default: return short(error)
        }
    }

    private static func short(_ error: any Error) -> String {
        displayName("\(error)".utf8.prefix(200))
    }
}
