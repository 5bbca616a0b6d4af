import TenonCore
import TenonRemote
import TenonStore

/// A remote that was opened for one request: it is the one that was agreed to.
struct RemoteSession: Sendable {
    let configuration: RemoteConfiguration
    /// What the remote calls itself.
    let id: String
    let view: RemoteView

    var name: String { configuration.name }

    init(_ configuration: RemoteConfiguration, id: String, _ remote: Remote, store: Store) {
        self.configuration = configuration
        self.id = id
        // Where it was never tried what the storage does, an attempt shows.
        view = RemoteView(
            remote, cache: IndexCache(store: store, remoteID: id), mayRemove: configuration.capabilities?.conditionalDelete ?? true)
    }
}

extension Engine {
    /// The place of a remote, not yet talked to.
    func openStorage(_ configuration: RemoteConfiguration, environment: [String: String]) async throws -> Remote {
        var settings = RemoteSettings()
        settings.s3.endpoint = configuration.endpoint
        settings.s3.region = configuration.region
        settings.ssh.command = configuration.sshCommand
        let environment = RemoteEnvironment(environment)
        return try await Remote.open(
            RemoteLocation(configuration.url), settings: settings, environment: environment, policy: RetryPolicy(environment))
    }

    /// Runs `body` with remotes opened, and ends their connections. Throws `conflict` if one is not the one that was agreed to, and `cancelled` if
    /// `meter` is cancelled before they are open.
    func withRemotes<Value: Sendable>(
        _ configurations: [RemoteConfiguration], environment: [String: String], meter: Meter? = nil, _ body: ([RemoteSession]) async throws -> Value
    ) async throws -> Value {
        var sessions: [RemoteSession] = []
        func closeAll() async {
            for session in sessions {
                try? await blocking { session.view.remember() }
                await session.view.remote.close()
            }
        }
        do {
            let opened = await ConcurrentWork.run(configurations, limit: 1, meter: meter ?? Meter()) { configuration in
                try await self.open(configuration, environment: environment)
            }
            sessions = opened.done
            if let failure = opened.failure { throw failure }
            let value = try await body(sessions)
            await closeAll()
            return value
        } catch {
            await closeAll()
            throw error
        }
    }

    /// Runs `body` with one remote after another, each opened when its turn comes, for as long as `isNeeded` says so: one that fails takes no other's turn.
    ///
    /// Returns what was wrong with those that failed. Throws the first of these errors if all did, and at once what no other remote can help with:
    /// `cancelled`, `noSpace`.
    func withEachRemote(
        _ configurations: [RemoteConfiguration], environment: [String: String], meter: Meter? = nil, while isNeeded: () -> Bool = { true },
        _ body: (RemoteSession) async throws -> Void
    ) async throws -> [TenonError] {
        var faults: [TenonError] = []
        for configuration in configurations {
            guard isNeeded() else { break }
            do {
                try await withRemotes([configuration], environment: environment, meter: meter) { sessions in
                    for session in sessions { try await body(session) }
                }
            } catch let error as TenonError where error.code != .cancelled && error.code != .noSpace {
                faults.append(error)
            }
        }
        if let first = faults.first, faults.count == configurations.count { throw first }
        return faults
    }

    /// Opens a remote and sees that it is the one that was agreed to.
    private func open(_ configuration: RemoteConfiguration, environment: [String: String]) async throws -> RemoteSession {
        let remote = try await openStorage(configuration, environment: environment)
        do {
            guard let id = try await RemoteDescription.read(remote) else {
                throw TenonError(
                    .notFound, "remote '\(configuration.name)' can't be used", cause: "'\(remote.location)' is no remote of Tenon's any more",
                    hint: "tenon remote add \(configuration.name) URL makes it one")
            }
            guard configuration.id == nil || configuration.id == id else {
                throw TenonError(
                    .conflict, "remote '\(configuration.name)' is another one than before", cause: "its id is \(id)",
                    hint: "if that is right: tenon remote remove \(configuration.name), then add it again")
            }
            return RemoteSession(configuration, id: id, remote, store: store)
        } catch {
            await remote.close()
            throw error
        }
    }

    /// Transfers at the same time, where the request does not say.
    static func jobs(_ wanted: Int) -> Int { wanted > 0 ? min(wanted, 64) : 4 }
}
