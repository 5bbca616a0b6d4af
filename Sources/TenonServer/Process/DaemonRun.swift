import Glibc
import Logging
import NIOPosix
import ServiceLifecycle
import TenonAPI
import TenonCore
import TenonEngine
import UnixSignals

/// Serves a store that is open until the daemon is asked to leave, is idle for long enough, or gets SIGTERM or SIGINT.
package struct DaemonRun: Sendable {
    /// The store's directory and id.
    package var home: String
    package var store: String
    package var verbs: [AnyVerb]
    package var cat: CatVerb
    /// What runs beside the socket as long as the daemon does.
    package var background: [any Service] = []
    package var idleTimeout: Duration
    /// A socket that was handed over; `nil`: one is made at `<home>/tenond.sock`.
    package var socket: ListeningSocket?
    package var logPath: String
    package var log: Logger
    /// Looks after watched artifacts; `nil` if none are watched.
    package var follower: PointerFollower?
    /// Whether there is work or a change that the daemon stays for without a request.
    package var isNeeded: @Sendable () -> Bool = { false }
    /// Artifacts that are watched, and directories.
    package var watchCounts: @Sendable () -> (artifacts: Int, directories: Int) = { (0, 0) }
    /// How often the socket's file is looked at.
    package var socketCheckInterval = Duration.seconds(60)
    /// What ends it besides the daemon's own routes.
    package var signals: [UnixSignal] = [.sigterm, .sigint]

    package init(
        home: String, store: String, verbs: [AnyVerb], cat: @escaping CatVerb, idleTimeout: Duration, socket: ListeningSocket? = nil, logPath: String,
        log: Logger
    ) {
        self.home = home
        self.store = store
        self.verbs = verbs
        self.cat = cat
        self.idleTimeout = idleTimeout
        self.socket = socket
        self.logPath = logPath
        self.log = log
    }

    /// Whoever calls this must hold the store's lock.
    ///
    /// - Parameter onReady: called when clients are answered.
    package func run(onReady: @escaping @Sendable () -> Void) async throws {
        let started = ContinuousClock.now
        let info: @Sendable () -> DaemonInfo = { [home, store, logPath, watchCounts] in
            let watched = watchCounts()
            return DaemonInfo(
                version: APIVersion.release, apiMinimum: APIVersion.minimum, api: APIVersion.current, pid: getpid(), store: WirePath(home),
                storeIdentifier: store, uptime: Double(started.duration(to: .now).milliseconds) / 1000, residentBytes: ProcessState.residentBytes(),
                log: WirePath(logPath), watchedArtifacts: watched.artifacts, watchedDirectories: watched.directories)
        }
        let lifetime = Lifetime(idleTimeout: idleTimeout, isNeeded: isNeeded)
        // One thread is plenty: it moves small messages, and the engine has threads of its own.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let server = SocketServer(
                socket: try socket ?? ListeningSocket.bind(at: home + "/tenond.sock"), routes: Routes(verbs: verbs, cat: cat, info: info),
                store: store,
                lifetime: lifetime, group: group, checkInterval: socketCheckInterval, log: log, onReady: onReady)
            let following = follower.map { ServiceGroupConfiguration.ServiceConfiguration(service: FollowService(follower: $0)) }
            var configuration = ServiceGroupConfiguration(
                services: background.map { .init(service: $0) } + [
                    .init(service: server),
                    .init(service: lifetime, successTerminationBehavior: .gracefullyShutdownGroup),
                ] + (following.map { [$0] } ?? []), gracefulShutdownSignals: signals, logger: log)
            configuration.maximumGracefulShutdownDuration = .seconds(60)
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }
}
