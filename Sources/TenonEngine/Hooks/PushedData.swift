import TenonAPI
import TenonCore
import TenonFormat

/// What `pre-push` does about the data of the commits that are pushed: it is on the default remote before their references move.
///
/// Git's connection waits meanwhile, and servers end one that is idle for long; so what would take over half a minute is left to `tenon push`.
struct PushedData: Sendable {
    let engine: Engine
    let request: CheckRefsRequest
    let reporter: Reporter<CheckRefsRequest>
    let meter: Meter

    /// How long Git is made to wait.
    static let limit = Duration.seconds(30)

    struct Outcome: Sendable {
        var sent: PushedRemote?
        /// Why the references must not move.
        var refusal: TenonError?
    }

    /// - Parameters:
    ///   - pointers: what the commits bind that are pushed.
    ///   - isRemoteKnown: whether what Git's remote has now is known here; else Git is about to refuse the push, or it was forced, and nothing is sent.
    func run(_ pointers: [Pointer], isRemoteKnown: Bool) async throws -> Outcome {
        guard !pointers.isEmpty, let environment = request.environment else { return Outcome() }
        let (remote, rule, disagreement) = try await engine.blocking {
            let tree = try WorkTree(request.workTree, engine: engine)
            return (try tree.usableDefaultRemote(), try tree.settings().policy.requireRemote, try tree.disagreementOnDefaultRemote())
        }
        guard let remote else {
            if let disagreement {
                guard rule != .never else {
                    reporter.warn("the data was not sent: \(disagreement)")
                    return Outcome()
                }
                return Outcome(
                    refusal: TenonError(
                        disagreement.code, "nothing was pushed", cause: "its data can't be sent: \(disagreement)",
                        hint: (disagreement.hint.map { "\($0); " } ?? "") + "'git push --no-verify' pushes the code alone"))
            }
            guard rule == .always else { return Outcome() }
            return Outcome(
                refusal: TenonError(
                    .notFound, "nothing was pushed", cause: "policy.require-remote asks for a remote with the data, and none is used here",
                    hint: "tenon remote add origin URL, or tenon remote trust NAME"))
        }
        guard isRemoteKnown else {
            if !Set(pointers.map(Locator.Subject.init)).isSubset(of: try await engine.blocking { engine.known(on: remote) }) {
                reporter.warn("the data was not sent to '\(remote.name)': what the Git remote has now is not known here; 'tenon push' sends it")
            }
            return Outcome()
        }
        do {
            return Outcome(sent: try await send(pointers, to: remote, environment))
        } catch let error as TenonError where rule == .never && ![.cancelled, .internal].contains(error.code) {
            reporter.warn("the data was not sent to '\(remote.name)': \(error)")
            return Outcome()
        } catch let error as TenonError where error.code != .cancelled {
            return Outcome(
                refusal: TenonError(
                    error.code, "nothing was pushed", cause: "its data is not on '\(remote.name)': \(error.cause ?? error.message)",
                    hint: "tenon push, then git push again; 'git push --no-verify' pushes the code alone"))
        }
    }

    private func send(_ pointers: [Pointer], to remote: RemoteConfiguration, _ environment: [String: String]) async throws -> PushedRemote? {
        let snapshots = try await engine.blocking { try WorkTree(request.workTree, engine: engine).withLineage(pointers) }
        return try await engine.withRemotes([remote], environment: Engine.hasty(environment)) { sessions in
            guard let session = sessions.first else { return nil }
            let plan = try await engine.send(snapshots, of: request.workTree, to: session, meter, jobs: Engine.jobs(0), isDryRun: true)
            let totals = try await watched(TransferForecast(total: plan.bytes, limit: PushedData.limit), of: remote.name) {
                try await engine.send(snapshots, of: request.workTree, to: session, meter, jobs: Engine.jobs(0), readsRefs: false)
            }
            if totals.snapshots == 0 { return nil }
            return PushedRemote(
                name: remote.name, snapshots: snapshots.count, newSnapshots: totals.snapshots, packs: totals.packs, bytes: totals.bytes)
        }
    }

    private enum Watched: Sendable {
        case done(Result<Upload.Totals, any Error>)
        /// The transfer was stopped.
        case tooLong
        /// It ended before.
        case unwatched
    }

    /// Runs `body`, and stops it once it is foreseen to take too long. What was sent is not sent again.
    private func watched(
        _ forecast: TransferForecast, of name: String, _ body: @escaping @Sendable () async throws -> Upload.Totals
    ) async throws -> Upload.Totals {
        let start = ContinuousClock.now
        let sink = meter.sink
        let before = sink.totals.bytes
        return try await withTaskGroup(of: Watched.self, returning: Result<Upload.Totals, any Error>.self) { group in
            group.addTask {
                do { return .done(.success(try await body())) } catch { return .done(.failure(error)) }
            }
            group.addTask {
                while true {
                    do { try await Task.sleep(for: .milliseconds(200)) } catch { return .unwatched }
                    if forecast.isTooLong(after: ContinuousClock.now - start, sent: sink.totals.bytes - before) {
                        sink.cancel()
                        return .tooLong
                    }
                }
            }
            var result: Result<Upload.Totals, any Error> = .failure(TenonError(.cancelled, "the transfer was cancelled"))
            var isTooLong = false
            while let event = await group.next() {
                switch event {
                case .done(let outcome):
                    result = outcome
                    group.cancelAll()
                case .tooLong: isTooLong = true
                case .unwatched: break
                }
            }
            if isTooLong, case .failure(let error as TenonError) = result, error.code == .cancelled {
                return .failure(PushedData.tooLong(forecast, name))
            }
            return result
        }.get()
    }

    private static func tooLong(_ forecast: TransferForecast, _ name: String) -> TenonError {
        TenonError(
            .remote, "the data can't be sent to '\(name)' by the way",
            cause: "\(forecast.total >> 20) MiB would keep Git waiting for over \(limit.components.seconds) seconds")
    }
}
