import TenonAPI
import TenonCore
import TenonFormat

/// What became of a push.
package struct ReceivedVerdict: Sendable {
    package var findings: [ReceivedFinding]
    /// Sentences for whoever pushes.
    package var notes: [String] = []

    package init(findings: [ReceivedFinding] = []) {
        self.findings = findings
    }
}

extension Engine {
    /// Judges a push with the records and the listing of the server's remote. Data itself is never fetched.
    package func judge(_ push: ReceivedPush) async throws -> ReceivedVerdict {
        let settings = push.settings
        guard let remote = settings.remote else {
            return try doubtful(
                push,
                TenonError(.notFound, "the push can't be checked", cause: "the server does not say where the data is: tenon.server.remote is not set")
            )
        }
        do {
            return try await withRemotes([remote], environment: Engine.hasty(settings.environment)) { sessions in
                guard let view = sessions.first?.view else { return ReceivedVerdict() }
                return try await self.judge(push, view)
            }
        } catch let error as TenonError where Engine.isOfRemote(error.code) {
            return try doubtful(
                push,
                TenonError(
                    error.code, "the push can't be checked", cause: "the remote with the data can't be asked: \(error.cause ?? error.message)"))
        }
    }

    private func judge(_ push: ReceivedPush, _ view: RemoteView) async throws -> ReceivedVerdict {
        var verdict = ReceivedVerdict()
        let availability = Availability(store: store)
        let transfer = RecordTransfer(engine: self, view: view, meter: Meter())
        let contents = try await blocking { push.needingRecords(self.store) }
        verdict.notes += try await transfer.bring(of: contents, followsInputs: false).map(\.description)
        // What the rules ask for is found out by judging; then the remote is asked about it, all at once; until nothing new is asked for.
        repeat {
            verdict.findings = try await blocking { try push.findings(store: self.store, availability) }
        } while try await availability.learn(from: view)
        return verdict
    }

    /// A push of which only what Git tells can be judged: refused, unless the server says otherwise.
    private func doubtful(_ push: ReceivedPush, _ error: TenonError) throws -> ReceivedVerdict {
        guard push.settings.doubt == .accept else {
            var error = error
            error.hint = "try again later; the server accepts such pushes once its 'git config tenon.server.unreachable accept' is set"
            throw error
        }
        var verdict = ReceivedVerdict(findings: try push.findingsByGit())
        verdict.notes.append("data and history were not checked: \(error.cause ?? error.message)")
        return verdict
    }

    /// Whether an error says that the remote could not be asked; others are the push's or the server's.
    private static func isOfRemote(_ code: TenonError.Code) -> Bool {
        [.remote, .permission, .notFound, .io, .unsupported, .conflict].contains(code)
    }
}
