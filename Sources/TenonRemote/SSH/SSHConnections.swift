import TenonCore

/// The connection of one remote: opened when it is first needed, and anew when it is lost. Many who need it at once share one.
actor SSHConnections {
    private let open: @Sendable () async throws -> SSHConnection
    private var current: SSHConnection?
    /// All that have not ended, those that were given up too.
    private var openings: [Int: Task<Void, Never>] = [:]
    /// The one that those wait for who wait.
    private var opening: Int?
    private var waiting: [Int: SingleAnswer<SSHConnection>] = [:]
    private var lastNumber = 0
    private var isClosed = false

    init(_ open: @escaping @Sendable () async throws -> SSHConnection) {
        self.open = open
    }

    /// Throws `CancellationError` at once where the caller is called off. That leaves the others their connection; when nobody waits any more, its
    /// opening is given up.
    func connection() async throws -> SSHConnection {
        guard !isClosed else { throw CancellationError() }
        if let current, current.isUsable { return current }
        if let lost = current {
            current = nil
            await lost.close()
            return try await connection()
        }
        lastNumber += 1
        let number = lastNumber
        let answer = SingleAnswer<SSHConnection>()
        waiting[number] = answer
        if opening == nil {
            opening = number
            openings[number] = Task { [open] in
                let result: Result<SSHConnection, any Error>
                do { result = .success(try await open()) } catch { result = .failure(error) }
                await self.opened(number, result)
            }
        }
        defer { leave(number) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.wait($0) }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    private func opened(_ number: Int, _ result: Result<SSHConnection, any Error>) async {
        if opening == number {
            opening = nil
            current = try? result.get()
            for answer in waiting.values { answer.give(result) }
            waiting = [:]
        } else if case .success(let connection) = result {
            await connection.close()
        }
        openings[number] = nil
    }

    private func leave(_ number: Int) {
        guard waiting.removeValue(forKey: number) != nil, waiting.isEmpty else { return }
        giveUp()
    }

    private func giveUp() {
        if let opening { openings[opening]?.cancel() }
        opening = nil
    }

    func close() async {
        isClosed = true
        giveUp()
        for answer in waiting.values { answer.give(.failure(CancellationError())) }
        waiting = [:]
        for task in openings.values { await task.value }
        await current?.close()
        current = nil
    }
}
