import TenonCore

/// The connection of one remote: opened when it is first needed, and anew when it is lost. Many who need it at once share one.
actor SSHConnections {
    private let open: @Sendable () async throws -> SSHConnection
    private var current: SSHConnection?
    private var opening: Task<SSHConnection, any Error>?
    private var isClosed = false

    init(_ open: @escaping @Sendable () async throws -> SSHConnection) {
        self.open = open
    }

    func connection() async throws -> SSHConnection {
        guard !isClosed else { throw CancellationError() }
        if let current, current.isUsable { return current }
        if let lost = current {
            current = nil
            await lost.close()
            return try await connection()
        }
        let task = opening ?? Task { [open] in try await open() }
        opening = task
        // Someone who is called off leaves the others their connection.
        let result = await task.result
        if opening == task {
            opening = nil
            current = try? result.get()
        }
        return try result.get()
    }

    func close() async {
        isClosed = true
        opening?.cancel()
        if let connection = try? await opening?.value { await connection.close() }
        await current?.close()
        current = nil
    }
}
