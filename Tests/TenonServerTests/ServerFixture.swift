import Dispatch
import Foundation
import Logging
import Synchronization
import TenonAPI
import TenonClient
import TenonCore

@testable import TenonServer

/// A server in this process, on a socket of its own, with verbs that a test makes up.
struct ServerFixture: Sendable {
    static let store = "0123456789abcdef"

    let home: String

    var socket: String { home + "/tenond.sock" }

    /// Serves `verbs` while `body` runs, then ends the server and removes its directory.
    static func with<Result: Sendable>(
        verbs: [AnyVerb] = [], cat: @escaping CatVerb = { _, _ in }, idleTimeout: Duration = .seconds(600), checkInterval: Duration = .seconds(60),
        depth: Int = 0, _ body: @escaping @Sendable (ServerFixture) async throws -> Result
    ) async throws -> Result {
        let top = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().appendingPathComponent("tenon-server-\(UUID().uuidString)").path
        let home = top + String(repeating: "/a-directory-with-a-long-name", count: depth)
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: top) }
        let fixture = ServerFixture(home: home)
        var run = DaemonRun(
            home: home, store: store, verbs: verbs, cat: cat, idleTimeout: idleTimeout, logPath: home + "/log",
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        run.socketCheckInterval = checkInterval
        run.signals = []
        let daemon = run
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            let (ready, signal) = AsyncStream<Void>.makeStream()
            group.addTask {
                try await daemon.run(onReady: { signal.finish() })
                return nil
            }
            for await _ in ready {}
            group.addTask { try await body(fixture) }
            while let result = try await group.next() {
                guard let result else { continue }
                // The server may have left by itself already.
                _ = try? await onThread { try fixture.client().stop() }
                try await group.waitForAll()
                return result
            }
            throw TenonError(.internal, "the test's body did not end")
        }
    }

    /// A client that starts no daemon.
    func client(expecting store: String? = nil) -> FixtureClient { FixtureClient(home: home, expectedStore: store) }

    /// Sends `text` as it is and returns all that comes back.
    func raw(_ text: String) async throws -> String {
        try await onThread {
            let descriptor = try connectRaw(socket)
            defer { close(descriptor) }
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
                if count <= 0 { break }
                rest = rest.dropFirst(count)
            }
            var answer: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = recv(descriptor, &block, block.count, 0)
                if count <= 0 { return String(decoding: answer, as: UTF8.self) }
                answer += block[..<count]
            }
        }
    }

    func request(_ method: String, _ path: String, _ body: String = "", headers: [String] = []) async throws -> (
        status: Int, head: String, body: String
    ) {
        let lines = ["\(method) \(path) HTTP/1.1", "Host: tenon", "Connection: close", "Content-Length: \(body.utf8.count)"] + headers
        let answer = try await raw(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        guard let end = answer.range(of: "\r\n\r\n"), let status = Int(answer.split(separator: " ")[1]) else {
            throw TenonError(.io, "no answer: \(answer)")
        }
        return (status, String(answer[..<end.lowerBound]), String(answer[end.upperBound...]))
    }
}

/// The real client, made anew for each call, since it is not for several threads.
struct FixtureClient: Sendable {
    let home: String
    let expectedStore: String?

    private func make() -> DaemonClient {
        var options = DaemonClient.Options()
        options.startsDaemon = false
        options.expectedStore = expectedStore
        options.answerTimeout = .seconds(20)
        return DaemonClient(storePath: home, environment: ClientEnvironment(variables: ["HOME": home], directory: Array("/".utf8)), options: options)
    }

    func call<R: Request>(_ request: R, onEvent: @escaping @Sendable (Event<R.Item, R.Reply>) throws -> Void = { _ in }) async throws -> R.Reply {
        try await onThread { try make().call(request, onEvent: onEvent) }
    }

    func call<R: Request>(_ request: R, patience: Duration) async throws -> R.Reply? {
        try await onThread { try make().call(request, patience: patience) }
    }

    func cat(_ request: CatRequest) async throws -> [UInt8] {
        try await onThread {
            var bytes: [UInt8] = []
            try make().cat(request) { bytes += $0 }
            return bytes
        }
    }

    func info() async throws -> DaemonInfo { try await onThread { try make().daemonInfo() } }

    /// Asks the daemon to leave; does not wait for the end of the process, which is the test's own.
    func stop() throws {
        let descriptor = try connectRaw(home + "/tenond.sock")
        defer { close(descriptor) }
        let request = Array("POST /v1/daemon/stop HTTP/1.1\r\nHost: tenon\r\nContent-Length: 0\r\n\r\n".utf8)
        _ = send(descriptor, request, request.count, CInt(MSG_NOSIGNAL))
        var block = [UInt8](repeating: 0, count: 4096)
        _ = recv(descriptor, &block, block.count, 0)
    }
}

/// Runs blocking work away from the cooperative pool, which has few threads.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}

/// A socket that is connected to the one at `path`, of any length.
func connectRaw(_ path: String) throws -> CInt {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY)
    defer { close(directory) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("/proc/self/fd/\(directory)\(path[slash...])".utf8)) }
    let status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    guard status == 0 else {
        close(descriptor)
        throw TenonError(.noDaemon, "can't connect: \(String(cString: strerror(errno)))")
    }
    return descriptor
}

/// A flag that threads can wait for.
final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }

    /// Returns whether it was set within ten seconds.
    func wait() async -> Bool {
        for _ in 0..<1000 where !isSet { try? await Task.sleep(for: .milliseconds(10)) }
        return isSet
    }
}
