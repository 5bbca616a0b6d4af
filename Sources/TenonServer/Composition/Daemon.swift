import Dispatch
import Glibc
import Logging
import TenonAPI
import TenonCore
import TenonEngine
import TenonStore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The daemon: opens a store, and serves it.
package enum Daemon {
    /// Runs the daemon, and exits with its status.
    ///
    /// Not `async`: the process leaves its terminal and closes what it inherited before anything concurrent begins, for the descriptors that
    /// the concurrency runtime opens for itself can't be told from inherited ones.
    package static func main(_ arguments: [String] = CommandLine.arguments) -> Never {
        if arguments.dropFirst().first == "serve" { StdioServing.main(Array(arguments.dropFirst(2))) }
        if arguments.dropFirst().first == "pre-receive" { PreReceive.main(Array(arguments.dropFirst(2))) }
        let parsed: DaemonArguments
        do {
            parsed = try DaemonArguments(Array(arguments.dropFirst()))
        } catch {
            complain(error)
            exit(64)
        }
        switch parsed.action {
        case .showHelp:
            print(DaemonArguments.help)
            exit(0)
        case .showVersion:
            print("tenond \(APIVersion.release) (API \(APIVersion.current))")
            exit(0)
        case .serve:
            let (environment, readiness) = settle(parsed, arguments)
            Task { exit(await serve(parsed, environment, readiness)) }
            dispatchMain()
        }
    }

    /// Makes the process a daemon's.
    private static func settle(_ options: DaemonArguments, _ arguments: [String]) -> (DaemonEnvironment, Readiness) {
        let inherited = ProcessInfo.processInfo.environment
        let environment = DaemonEnvironment(inherited)
        ProcessState.adopt(environment.scrubbed, current: inherited, arguments: arguments)
        ProcessState.prepare()

        let readyDescriptor = options.readyDescriptor ?? environment["TENON_READY_FD"].flatMap { CInt($0) }
        for name in SocketActivation.variables + ["TENON_READY_FD"] { unsetenv(name) }
        if !options.foreground {
            ProcessState.detach(keeping: SocketActivation.descriptors(inherited) + (readyDescriptor.map { [$0] } ?? []))
        }
        return (environment, Readiness(descriptor: readyDescriptor))
    }

    private static func serve(_ options: DaemonArguments, _ environment: DaemonEnvironment, _ readiness: Readiness) async -> CInt {
        do {
            try await runServices(options, environment, readiness)
            return 0
        } catch {
            let error = error as? TenonError ?? TenonError(.internal, "tenond failed", cause: "\(error)")
            readiness.announce(error)
            complain(error)
            return 2
        }
    }

    private static func runServices(_ options: DaemonArguments, _ environment: DaemonEnvironment, _ readiness: Readiness) async throws {
        let home = try options.home ?? environment.home()
        let logFile = try LogFile(path: environment.log(), echoes: options.foreground)
        var log = logFile.logger(level: options.verbose ? .debug : .info)
        log[metadataKey: "home"] = "\(displayName(home.utf8))"
        do {
            let watch = options.watch.completed(from: environment)
            let store = try openStore(home, watches: watch.isOn, log)
            defer { store.close() }
            log.notice("started", metadata: ["version": "\(APIVersion.release)", "store": "\(store.id)"])
            let engine = Engine(store: store, log: log)
            var run = DaemonRun(
                home: home, store: store.id, verbs: engine.verbs, cat: engine.catVerb, idleTimeout: options.idleTimeout,
                socket: try SocketActivation.socket(environment.variables), logPath: logFile.path, log: log)
            run.isNeeded = { engine.isPushing }
            if let watcher = store.watcher {
                run.follower = PointerFollower(engine, quiet: watch.quiet ?? WatchSettings.defaultQuiet)
                run.isNeeded = { engine.isPushing || watcher.isBusy || watcher.hasChange(within: watch.lifetime) }
                run.watchCounts = { watcher.counts }
            }
            run.background = [MoveSettling(engine: engine), BackgroundPushing(engine: engine)]
            try await run.run(onReady: { readiness.announceReady() })
            log.notice("left")
        } catch {
            log.error("failed", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private static func openStore(_ home: String, watches: Bool, _ log: Logger) throws -> Store {
        do {
            return try Store.open(home: home, options: StoreOptions(watches: watches), log: log)
        } catch let error as TenonError where error.code == .busy {
            throw TenonError(
                .busy, "the daemon can't start", cause: "another daemon serves the store '\(displayName(home.utf8))'", hint: "tenon daemon status")
        }
    }

    static func complain(_ error: TenonError) {
        var text = "tenond: \(error)\n"
        if let hint = error.hint { text += "hint: \(hint)\n" }
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
