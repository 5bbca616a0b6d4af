import NIOCore
import NIOPosix
import TenonCore

/// Serves a directory over two descriptors: what `tenon serve --stdio` does at the far end of an SSH connection.
package struct StorageServer: Sendable {
    private let storage: DirectoryStorage

    package init(_ storage: DirectoryStorage) {
        self.storage = storage
    }

    /// Requests that are worked on at once: well over what a client makes at its most, 64 transfers and what it looks after beside them, of which some
    /// have ended there and not yet here. Who makes more is told to ask again.
    private static let maximumRequests = 256

    /// Serves until the client closes its side. Takes both descriptors over. Throws `unsupportedVersion` or `corrupt` for a client that is none.
    package func run(input: CInt, output: CInt) async throws {
        let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .takingOwnershipOfDescriptors(input: input, output: output) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(WireDecoder()))
                    return try NIOAsyncChannel<WireMessage, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            let connection = ServedConnection(storage: storage, outbound: outbound)
            try await withThrowingDiscardingTaskGroup { group in
                var requests: [UInt32: Mailbox] = [:]
                for try await message in inbound {
                    switch message {
                    case .greeting(let versions):
                        let (reply, version) = Greeting.server(for: versions)
                        try await outbound.write(ByteBuffer(bytes: reply))
                        guard version != nil else {
                            throw TenonError(
                                .unsupportedVersion, "the client speaks versions \(versions.lowerBound) to \(versions.upperBound) of the protocol")
                        }
                    case .frame(let frame):
                        try await take(frame, &requests, connection, &group)
                    }
                }
                for mailbox in requests.values { mailbox.fail(CancellationError()) }
            }
        }
    }

    private func take(
        _ frame: Frame, _ requests: inout [UInt32: Mailbox], _ connection: ServedConnection, _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        requests = requests.filter { !$0.value.isClosed }
        switch frame.kind {
        case .data, .credit:
            // For a request that is done: its client has not seen that yet.
            guard let mailbox = requests[frame.request] else { return }
            try mailbox.put(frame)
            await mailbox.waitForRoom()
        case .cancel: requests[frame.request]?.fail(CancellationError())
        case .done, .failed: throw WireReader.broken
        default:
            guard requests[frame.request] == nil else { throw WireReader.broken }
            guard requests.count < StorageServer.maximumRequests else { return try await connection.send(.failed(frame.request, StorageServer.busy)) }
            let mailbox = Mailbox(limit: 4 << 20)
            requests[frame.request] = mailbox
            group.addTask {
                await connection.answer(frame, mailbox)
                mailbox.close()
            }
        }
    }

    private static var busy: TransientFailure {
        TransientFailure(
            TenonError(.remote, "the other side is busy", cause: "it works on \(maximumRequests) requests already", hint: "give fewer --jobs"),
            isAnswer: true)
    }
}
