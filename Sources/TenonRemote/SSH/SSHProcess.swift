import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TenonCore
import TenonGit

/// A running `ssh`: its standard streams, and how it ended.
final class SSHProcess: Sendable {
    /// Most of what is kept of what it says on standard error: the end counts.
    private static let maximumComplaint = 4 << 10

    private struct State: ~Copyable {
        var child: ChildProcess?
        var complaint: [UInt8] = []
        /// Descriptors that no channel has taken yet.
        var owned: [CInt] = []
        /// Reads what it says on standard error.
        var complaints: (any Channel)?
    }

    private let state: Mutex<State>
    /// What it reads, and what it writes: closed here until they are released to a channel.
    let input: CInt
    let output: CInt
    private let errors: CInt

    /// Starts it; blocks for a moment.
    init(_ command: SSHCommand, _ environment: RemoteEnvironment) throws {
        for argument in command.arguments where argument.utf8.contains(0) {
            throw TenonError(.invalidArgument, "ssh can't be run", cause: "an argument holds a NUL byte")
        }
        let variables = environment.variables.filter { !$0.key.contains("=") && !$0.value.utf8.contains(0) }
        var child = try ChildProcess(
            executable: Array(command.executable.utf8), arguments: command.arguments.map { Array($0.utf8) },
            environment: variables.map { Array("\($0.key)=\($0.value)".utf8) })
        input = fcntl(child.input.raw, F_DUPFD_CLOEXEC, 3)
        output = fcntl(child.output.raw, F_DUPFD_CLOEXEC, 3)
        errors = fcntl(child.errors.raw, F_DUPFD_CLOEXEC, 3)
        child.input.close()
        child.output.close()
        child.errors.close()
        state = Mutex(State(child: child, owned: [input, output, errors].filter { $0 >= 0 }))
        guard input >= 0, output >= 0, errors >= 0 else { throw TenonError(.io, "ssh can't be run", cause: "there are too many open files") }
    }

    deinit {
        for descriptor in state.withLock({ $0.owned }) { close(descriptor) }
    }

    /// The caller closes the descriptor from now on.
    func release(_ descriptor: CInt) -> CInt {
        state.withLock { $0.owned.removeAll { $0 == descriptor } }
        return descriptor
    }

    /// Begins to read what it says on standard error.
    func listen() async throws {
        let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(ComplaintHandler(self)) }
            }
            .takingOwnershipOfDescriptor(input: release(errors)).get()
        state.withLock { $0.complaints = channel }
    }

    fileprivate func note(_ bytes: [UInt8]) {
        state.withLock { state in
            state.complaint += bytes
            if state.complaint.count > SSHProcess.maximumComplaint {
                state.complaint.removeFirst(state.complaint.count - SSHProcess.maximumComplaint)
            }
        }
    }

    /// Waits a moment for its end, and kills it if that does not come. Its status, and what it said.
    func end(within limit: Duration = .seconds(3)) async -> (status: Int32?, complaint: String) {
        // In a task of its own: a child must also go where the caller was cancelled.
        let ending = Task {
            try await onFileThread { () -> Int32? in
                // Whoever notes what it says is an event loop, and does not wait for this.
                guard var child = self.state.withLock({ $0.child.take() }) else { return nil }
                return child.wait(until: Deadline(after: limit))
            }
        }
        let status = try? await ending.value
        let (complaint, channel) = state.withLock { (String(decoding: $0.complaint, as: UTF8.self), $0.complaints.take()) }
        channel?.close(promise: nil)
        return (status ?? nil, complaint)
    }
}

private final class ComplaintHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let process: SSHProcess

    init(_ process: SSHProcess) {
        self.process = process
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        process.note(Array(unwrapInboundIn(data).readableBytesView))
    }
}
