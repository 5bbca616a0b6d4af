import Glibc
import TenonAPI
import TenonCore

/// A client of one store's daemon: sends a request, hands over events as they come, and returns the reply.
///
/// Each request has a connection of its own; closing it, as the end of the process does, cancels the request. Where no daemon runs, one is started.
package final class DaemonClient {
    /// How a client reaches its daemon.
    package struct Options: Sendable {
        /// Start a daemon where none runs.
        package var startsDaemon = true
        /// The id of the store that must answer; `nil`: any.
        package var expectedStore: String?
        /// The daemon's program; `nil`: `tenond` beside this program, else in `PATH`.
        package var daemonProgram: String?
        /// How long connecting, and the first sign of an answer, may take.
        package var answerTimeout = Duration.seconds(2)
        /// How long the start of a daemon may take.
        package var startTimeout = Duration.seconds(5)

        package init() {}
    }

    /// The longest request that a daemon takes.
    private static let maximumBodyLength = 16 << 20

    /// Absolute path of the store's directory.
    package let storePath: String
    /// The id of the store that answered last.
    package private(set) var storeIdentifier: String?
    private let options: Options
    private let home: StoreHome
    private let launcher: DaemonLauncher

    /// - Parameter storePath: what `StoreLocation` found.
    package init(storePath: String, environment: ClientEnvironment, options: Options = Options()) {
        self.storePath = storePath
        self.options = options
        home = StoreHome(path: storePath)
        launcher = DaemonLauncher(home: home, environment: environment, program: options.daemonProgram, timeout: options.startTimeout)
    }

    /// Sends `request` and returns its reply. All events but the last are handed to `onEvent`; what that throws ends the request, which cancels it.
    ///
    /// Throws the daemon's own error, `noDaemon` where none can be had, and `io` if the answer ends without a reply.
    ///
    /// - Parameter isRepeatable: whether `request` may be carried out twice. It is then sent once more, to the next daemon, if one that was killed, or
    ///   left, took it along.
    package func call<R: Request>(
        _ request: R, isRepeatable: Bool = false, onEvent: (Event<R.Item, R.Reply>) throws -> Void = { _ in }
    ) throws -> R.Reply {
        var isSettled = false
        do {
            return try call(request, until: nil, isSettled: &isSettled, onEvent: onEvent)
        } catch  where isRepeatable && !isSettled {
            return try call(request, until: nil, isSettled: &isSettled, onEvent: onEvent)
        }
    }

    /// As `call`, but waits for the reply no longer than `patience`; then `nil`. The request is cancelled thereby, unless it outlives its client.
    package func call<R: Request>(
        _ request: R, patience: Duration, onEvent: (Event<R.Item, R.Reply>) throws -> Void = { _ in }
    ) throws -> R.Reply? {
        var isSettled = false
        do {
            return try call(request, until: monotonicMilliseconds() + patience.milliseconds, isSettled: &isSettled, onEvent: onEvent)
        } catch is SocketConnection.DeadlinePassed {
            return nil
        }
    }

    /// - Parameter isSettled: set once the daemon has said how it ended, or `onEvent` has ended it: then a failure is no accident.
    private func call<R: Request>(
        _ request: R, until deadline: Int?, isSettled: inout Bool, onEvent: (Event<R.Item, R.Reply>) throws -> Void
    ) throws -> R.Reply {
        try exchange("POST", "/v1/\(R.verb)", body: try WireCoding.encode(request), deadline: deadline) { response in
            var outcome: Result<R.Reply, TenonError>?
            var lines = LineSplitter()
            try response.readBody { piece in
                try lines.add(piece) { line in
                    switch try DaemonClient.decoded(Event<R.Item, R.Reply>.self, line) {
                    case .done(let reply): outcome = .success(reply)
                    case .error(let error): outcome = .failure(error)
                    case let event:
                        isSettled = true
                        try onEvent(event)
                        isSettled = false
                    }
                }
            }
            guard let outcome, !lines.isIncomplete else {
                throw TenonError(.io, "\(R.verb) failed", cause: "the daemon's answer ended before it was done", hint: "tenon daemon logs")
            }
            isSettled = true
            return try outcome.get()
        }
    }

    /// Hands the bytes that `request` asks for to `sink`, in order. Throws if fewer come than the daemon announced.
    package func cat(_ request: CatRequest, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try exchange("POST", "/v1/\(CatRequest.verb)", body: try WireCoding.encode(request), timeout: .zero) { try $0.readBody(sink) }
    }

    /// What the daemon says of itself.
    package func daemonInfo() throws -> DaemonInfo {
        try exchange("GET", "/v1/daemon", body: []) { try DaemonClient.decoded(DaemonInfo.self, try $0.readWholeBody(limit: 1 << 20)[...]) }
    }

    /// Starts the daemon if none runs, and says of it what `daemonInfo` says.
    package func startDaemon() throws -> DaemonInfo {
        try connect(starting: true)
        return try daemonInfo()
    }

    /// Asks the daemon to leave and waits until it is gone. Returns whether there was one.
    @discardableResult
    package func stopDaemon() throws -> Bool {
        guard let connection = try existingConnection() else {
            // Its socket's file may be gone while it lives.
            try home.checkOwner()
            guard let process = home.lockHolder() else { return false }
            guard kill(process, SIGTERM) == 0 || errno == ESRCH else {
                throw TenonError(.permission, "the daemon (process \(process)) can't be stopped", cause: reason(errno))
            }
            try waitForEnd(of: process)
            return true
        }
        let process = connection.peer?.process
        _ = try send("POST", "/v1/daemon/stop", [], over: connection, timeout: options.answerTimeout).reader.readWholeBody(limit: 1 << 20)
        try waitForEnd(of: process)
        return true
    }

    // MARK: One exchange

    private typealias Answer = (head: HTTPResponseReader.Head, reader: HTTPResponseReader)

    private func exchange<Result>(
        _ method: String, _ path: String, body: [UInt8], timeout: Duration? = nil, deadline: Int? = nil,
        _ handle: (HTTPResponseReader) throws -> Result
    ) throws -> Result {
        guard body.count <= DaemonClient.maximumBodyLength else {
            throw TenonError(
                .invalidArgument, "the request is too long", cause: "it has more than \(DaemonClient.maximumBodyLength >> 20) MiB",
                hint: "name fewer paths at once, or a directory that holds them")
        }
        var mayRepeat = true
        while true {
            let connection = try connect(starting: options.startsDaemon)
            let answer: Answer
            do {
                answer = try send(method, path, body, over: connection, timeout: timeout ?? options.answerTimeout)
            } catch is ClosedEarly where mayRepeat {
                // The daemon was leaving. Requests may be sent again.
                mayRepeat = false
                continue
            } catch is ClosedEarly {
                throw TenonError(.noDaemon, "the daemon does not answer", cause: "it closes the connection", hint: "tenon daemon logs")
            }
            if answer.head.status == 200 {
                try checkStore(answer.head)
                connection.waitToReceive(until: deadline)
                return try handle(answer.reader)
            }
            let error = try DaemonClient.decodedError(answer)
            if error.code == .unsupportedVersion, mayRepeat, options.startsDaemon, isOlder(answer.head) {
                // It can't be talked to at all, and this client brings one that can.
                mayRepeat = false
                try stopDaemon()
                continue
            }
            throw error
        }
    }

    private func send(_ method: String, _ path: String, _ body: [UInt8], over connection: SocketConnection, timeout: Duration) throws -> Answer {
        let head = """
            \(method) \(path) HTTP/1.1\r
            Host: tenon\r
            \(APIVersion.header): \(APIVersion.current)\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            \r

            """
        try connection.send(Array(head.utf8) + body)
        connection.setReceiveTimeout(timeout)
        let reader = HTTPResponseReader { try connection.receive(into: $0) }
        return (try reader.readHead(), reader)
    }

    private func checkStore(_ head: HTTPResponseReader.Head) throws {
        let store = head[APIVersion.storeHeader]
        if let expected = options.expectedStore, store != expected {
            throw TenonError(
                .conflict, "another store answers at '\(displayName(storePath.utf8))'",
                cause: "it is \(displayName((store ?? "of no known id").utf8)), not \(expected)")
        }
        storeIdentifier = store
    }

    private func isOlder(_ head: HTTPResponseReader.Head) -> Bool {
        guard let version = head[APIVersion.header].flatMap({ Int($0) }) else { return false }
        return version < APIVersion.current
    }

    // MARK: Reaching the daemon

    @discardableResult
    private func connect(starting: Bool) throws -> SocketConnection {
        try home.checkOwner()
        if let connection = try existingConnection() { return connection }
        guard starting else {
            if let process = home.lockHolder() {
                throw TenonError(
                    .noDaemon, "the daemon runs (process \(process)), and can't be reached", cause: "its socket is gone",
                    hint: "it makes it anew within a minute, unless it is leaving; tenon daemon stop ends it")
            }
            throw TenonError(.noDaemon, "no daemon runs for the store '\(displayName(storePath.utf8))'", hint: "tenon daemon start")
        }
        return try launcher.alone {
            // Another client may have started it while this one waited.
            if let connection = try existingConnection() { return connection }
            try launcher.start()
            guard let connection = try existingConnection() else {
                throw TenonError(.noDaemon, "the daemon was started and can't be reached", hint: "tenon daemon logs")
            }
            return connection
        }
    }

    /// `nil` where no daemon listens.
    private func existingConnection() throws -> SocketConnection? {
        do {
            let connection = try SocketConnection(path: home.socket, timeout: options.answerTimeout)
            if let peer = connection.peer, peer.user != geteuid() {
                throw TenonError(.permission, "the daemon at '\(displayName(home.socket.utf8))' can't be used", cause: "it runs as someone else")
            }
            return connection
        } catch SocketConnection.Failure.nobodyListens {
            return nil
        } catch SocketConnection.Failure.timedOut {
            throw TenonError(
                .noDaemon, "the daemon does not answer", cause: "it took no connection within \(options.answerTimeout.milliseconds) ms",
                hint: "tenon daemon logs")
        } catch SocketConnection.Failure.refused(let error) {
            throw error
        }
    }

    /// Waits up to 10 s for the process to be gone: its lock on the store goes with it.
    private func waitForEnd(of process: pid_t?) throws {
        guard let process, process > 0 else { return }
        let deadline = monotonicMilliseconds() + 10_000
        while monotonicMilliseconds() < deadline {
            guard let status = contents(of: "/proc/\(process)/stat", limit: 64 << 10) else { return }
            // The state stands behind the name, which is in parentheses and may hold any byte: Z and X are processes that have ended.
            let state = status.lastIndex(of: UInt8(ascii: ")")).flatMap { status.indices.contains($0 + 2) ? status[$0 + 2] : nil }
            if state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") { return }
            usleep(2_000)
        }
        throw TenonError(.busy, "the daemon has not left yet", cause: "it finishes what it is doing", hint: "tenon daemon logs")
    }

    // MARK: Decoding

    private static func decoded<Value: Decodable>(_ type: Value.Type, _ bytes: ArraySlice<UInt8>) throws -> Value {
        do {
            return try WireCoding.decode(type, from: bytes)
        } catch {
            throw TenonError(
                .io, "the daemon's answer can't be read", cause: "\(error)", hint: "tenon daemon stop lets the next command start another")
        }
    }

    private static func decodedError(_ answer: Answer) throws -> TenonError {
        let body = try answer.reader.readWholeBody(limit: 1 << 20)
        if let error = try? WireCoding.decode(TenonError.self, from: body) { return error }
        return TenonError(.io, "the daemon refused the request", cause: "it answered with status \(answer.head.status)")
    }
}
