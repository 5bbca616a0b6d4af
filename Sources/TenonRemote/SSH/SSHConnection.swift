import NIOCore
import NIOPosix
import Synchronization
import TenonCore

/// A connection to one `tenon serve --stdio`: any number of requests at once, told apart by their numbers.
final class SSHConnection: Sendable {
    private struct State {
        var mailboxes: [UInt32: Mailbox] = [:]
        var lastNumber: UInt32 = 0
        var lastHeard = ContinuousClock.now
        /// Why nothing more comes.
        var failure: (any Error)?
    }

    /// A connection on which a request was given up after so long a silence is not used again.
    private static let longSilence = Duration.seconds(20)
    /// For the host to be reached, and to greet.
    private static let greetingLimit = Duration.seconds(25)

    private let process: SSHProcess
    private let location: SSHLocation
    private let channel: any Channel
    private let state: Mutex<State>

    private init(process: SSHProcess, location: SSHLocation, channel: any Channel) {
        self.process = process
        self.location = location
        self.channel = channel
        state = Mutex(State())
    }

    /// Starts `ssh` and exchanges greetings. Where that fails, or is cancelled, nothing of it is left.
    static func open(_ location: SSHLocation, _ settings: SSHSettings, _ environment: RemoteEnvironment) async throws -> SSHConnection {
        let command = try SSHCommand(location, settings, environment)
        let process = try await onFileThread { try SSHProcess(command, environment) }
        do {
            return try await greet(process, location)
        } catch {
            _ = await process.end(within: .zero)
            throw error
        }
    }

    private static func greet(_ process: SSHProcess, _ location: SSHLocation) async throws -> SSHConnection {
        try await process.listen()
        let receiver = FrameReceiver()
        let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(WireDecoder()))
                    try channel.pipeline.syncOperations.addHandler(receiver.handler())
                }
            }
            .takingOwnershipOfDescriptors(input: process.release(process.output), output: process.release(process.input)).get()
        let connection = SSHConnection(process: process, location: location, channel: channel)
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: Greeting.client)).get()
        } catch {
            // The process is gone already; the greeting that does not come says so.
        }
        let answer = try await receiver.greeting(within: SSHConnection.greetingLimit)
        switch answer {
        case .versions(let versions):
            guard versions.lowerBound == versions.upperBound, Greeting.versions.contains(versions.lowerBound) else {
                await connection.close()
                throw TenonError(
                    .unsupportedVersion, "can't speak with '\(location)'",
                    cause:
                        "it speaks versions \(versions.lowerBound) to \(versions.upperBound) of the protocol, this Tenon \(Greeting.versions.lowerBound) to \(Greeting.versions.upperBound)",
                    hint: "install the same release of Tenon at both ends")
            }
            receiver.deliver(to: connection)
            return connection
        case .other(let start):
            try? await channel.close()
            try Task.checkCancellation()
            let end = await process.end()
            throw SSHFailure(location: location, status: end.status, complaint: end.complaint, start: start).error
        }
    }

    /// Whether a further request can be sent.
    var isUsable: Bool { state.withLock { $0.failure == nil } }

    /// Begins a request: `frame` gets its number. Throws why the connection is over, if it is.
    func begin() throws -> (number: UInt32, mailbox: Mailbox) {
        // More than a window of data can't come without our leave, nor more than one end.
        let mailbox = Mailbox(limit: Int(Frame.window) + Frame.maximumPayload)
        return try state.withLock { state in
            if let failure = state.failure { throw failure }
            repeat { state.lastNumber &+= 1 } while state.mailboxes[state.lastNumber] != nil
            state.mailboxes[state.lastNumber] = mailbox
            return (state.lastNumber, mailbox)
        }
    }

    /// Forgets a request. One that has not ended is called off at the other end; if nothing has been heard for long, the connection is given up.
    func end(_ number: UInt32, isDone: Bool) {
        let isDead = state.withLock { state in
            state.mailboxes[number] = nil
            return !isDone && ContinuousClock.now - state.lastHeard > SSHConnection.longSilence
        }
        if isDead {
            fail(nil)
        } else if !isDone, isUsable {
            channel.writeAndFlush(SSHConnection.buffer(Frame(kind: .cancel, request: number)), promise: nil)
        }
    }

    /// Sends a frame, and waits until the connection has taken it.
    ///
    /// A host that takes nothing makes that wait endless. So a caller that is cancelled goes on at once with `CancellationError`; its frame stays in
    /// its place, and goes out whole if the host takes bytes again.
    func send(_ frame: Frame) async throws {
        let answer = SingleAnswer<Void>()
        do {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    answer.wait(continuation)
                    channel.writeAndFlush(SSHConnection.buffer(frame)).whenComplete { answer.give($0) }
                }
            } onCancel: {
                answer.give(.failure(CancellationError()))
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw state.withLock { $0.failure } ?? lost
        }
    }

    func close() async {
        fail(nil)
        try? await channel.close()
        _ = await process.end()
    }

    /// A frame has come.
    fileprivate func receive(_ frame: Frame) throws {
        let mailbox = state.withLock { state in
            state.lastHeard = .now
            return state.mailboxes[frame.request]
        }
        try mailbox?.put(frame)
    }

    /// Nothing more comes.
    fileprivate func fail(_ error: (any Error)?) {
        let failure = error ?? lost
        let waiting = state.withLock { state in
            state.failure = state.failure ?? failure
            defer { state.mailboxes = [:] }
            return state.mailboxes.values.map(\.self)
        }
        for mailbox in waiting { mailbox.fail(failure) }
        channel.close(promise: nil)
    }

    private var lost: TransientFailure {
        TransientFailure(
            TenonError(.remote, "the connection to '\(location)' was lost", hint: "check the network, then run the command again"), isAnswer: false)
    }

    private static func buffer(_ frame: Frame) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(Frame.headLength + frame.payload.count)
        buffer.writeBytes(frame.head)
        buffer.writeBytes(frame.payload)
        return buffer
    }
}

/// Takes what comes over the connection: the greeting to whoever opens it, then frames to the connection.
private final class FrameReceiver: Sendable {
    enum Answer: Sendable {
        case versions(ClosedRange<UInt16>)
        /// Not Tenon, or nothing; the first bytes, if any came.
        case other([UInt8])
    }

    private struct State {
        var answer: Answer?
        var waiting: CheckedContinuation<Void, Never>?
        var connection: SSHConnection?
        /// Frames before the connection was there; a server sends none unasked.
        var isOver = false
    }

    private let state = Mutex(State())

    func handler() -> Handler { Handler(self) }

    func greeting(within limit: Duration) async throws -> Answer {
        let timer = Task {
            try await Task.sleep(for: limit)
            self.settle(.other([]))
        }
        defer { timer.cancel() }
        while true {
            if let answer = state.withLock({ $0.answer }) { return answer }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isKnown = state.withLock { state in
                        if state.answer != nil { return true }
                        state.waiting = continuation
                        return false
                    }
                    if isKnown { continuation.resume() }
                }
            } onCancel: {
                settle(.other([]))
            }
        }
    }

    func deliver(to connection: SSHConnection) {
        let isOver = state.withLock { state in
            state.connection = connection
            return state.isOver
        }
        if isOver { connection.fail(nil) }
    }

    private func settle(_ answer: Answer) {
        let waiting = state.withLock { state in
            state.answer = state.answer ?? answer
            return state.waiting.take()
        }
        waiting?.resume()
    }

    final class Handler: ChannelInboundHandler {
        typealias InboundIn = WireMessage

        private let receiver: FrameReceiver

        init(_ receiver: FrameReceiver) {
            self.receiver = receiver
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .greeting(let versions): receiver.settle(.versions(versions))
            case .frame(let frame):
                do {
                    try receiver.state.withLock { $0.connection }?.receive(frame)
                } catch {
                    over(context, error)
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if let error = error as? NoGreeting { receiver.settle(.other(error.start)) }
            over(context, error is TenonError ? error : nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            over(context, nil)
        }

        private func over(_ context: ChannelHandlerContext, _ error: (any Error)?) {
            receiver.settle(.other([]))
            let connection = receiver.state.withLock { state in
                state.isOver = true
                return state.connection
            }
            connection?.fail(error)
            context.close(promise: nil)
        }
    }
}
