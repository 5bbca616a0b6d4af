import Dispatch
import Glibc
import Logging
import TenonAPI
import TenonCore
import TenonEngine
import TenonGit
import TenonStore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `tenond pre-receive`: judges one push, in Git's quarantine, before any reference moves. No daemon: it opens the server's own store of records, and
/// ends with the push.
enum PreReceive {
    static let help = """
        Judges a push by the rules of 'tenon.yaml', as Git's hook pre-receive. 'tenon server-hook install' makes Git run it.

        Usage: tenon server-hook pre-receive, in the bare repository, with 'OLD NEW REF' lines on standard input
        """

    /// How long a push waits for others that are being judged.
    private static let patience = Duration.seconds(120)

    static func main(_ arguments: [String]) -> Never {
        if arguments.contains("--help") {
            print(help)
            exit(0)
        }
        signal(SIGPIPE, SIG_IGN)
        Task { exit(await run(ProcessInfo.processInfo.environment)) }
        dispatchMain()
    }

    /// The hook's exit status. Whatever goes wrong, the push is refused: what can't be judged must not get in.
    private static func run(_ environment: [String: String]) async -> Int32 {
        do {
            let verdict = try await judge(environment)
            PreReceiveText.write(PreReceiveText.text(verdict))
            return verdict.findings.isEmpty ? 0 : 1
        } catch {
            let error = error as? TenonError ?? TenonError(.internal, "the push can't be checked", cause: "\(error)")
            PreReceiveText.write(PreReceiveText.text(error))
            return 1
        }
    }

    private static func judge(_ environment: [String: String]) async throws -> ReceivedVerdict {
        guard let bytes = input(limit: ReceivedUpdate.maximumLength) else {
            throw TenonError(
                .invalidArgument, "the push can't be checked", cause: "the list of its references can't be read, or has more than 64 MiB",
                hint: "push fewer references at once")
        }
        let updates = try ReceivedUpdate.parse(bytes)
        if updates.isEmpty { return ReceivedVerdict() }
        let repository = try GitRepository.openBare(
            gitDirectory: try gitDirectory(environment), environment: GitEnvironment(caller: try quarantine(environment)))
        let settings = try ReceivingSettings(repository, environment: environment.filter { isForRemotes($0.key) })
        let push = try ReceivedPush(updates, repository: repository, settings: settings)
        // Most pushes to most repositories end here, with nothing opened.
        guard push.namesContent else { return ReceivedVerdict(findings: try push.findingsByGit()) }
        let store = try await openStore(settings.store)
        defer { store.close() }
        return try await Engine(store: store, log: log).judge(push)
    }

    private static let log = Logger(label: "tenon", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Another push to the same repository may have it open.
    private static func openStore(_ home: String) async throws -> Store {
        let deadline = ContinuousClock.now + patience
        try makeParent(of: home)
        while true {
            do {
                return try Store.open(home: home, options: StoreOptions(memoryBudget: 64 << 20, keepFree: 0.01, reserve: 0), log: log)
            } catch let error as TenonError where error.code == .busy {
                guard ContinuousClock.now < deadline else {
                    throw TenonError(
                        .busy, "the push can't be checked", cause: "other pushes have been checked for \(patience.components.seconds) seconds",
                        hint: "push again in a moment")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private static func makeParent(of path: String) throws {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        let parent = String(path[..<slash])
        guard mkdir(parent, 0o700) == 0 || errno == EEXIST else {
            let reason = String(cString: strerror(errno))
            throw TenonError(.io, "the push can't be checked", cause: "'\(displayName(parent.utf8))' can't be made: \(reason)")
        }
    }

    // MARK: What Git gives the hook

    private static func gitDirectory(_ environment: [String: String]) throws -> [UInt8] {
        let path = try absolute(environment["GIT_DIR"] ?? ".")
        return Array(path.utf8)
    }

    /// Where the pushed objects lie. Configuration that came with the environment is left out: only the server's own counts.
    private static func quarantine(_ environment: [String: String]) throws -> [String: String] {
        var kept: [String: String] = [:]
        for name in ["GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH"] { kept[name] = try environment[name].map(absolute) }
        // A colon-separated list, whose entries Git gives by absolute paths.
        for name in ["GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"] {
            kept[name] = environment[name]
        }
        return kept
    }

    private static func absolute(_ path: String) throws -> String {
        if path.hasPrefix("/") { return path }
        guard let here = getcwd(nil, 0) else {
            throw TenonError(.io, "the push can't be checked", cause: "the current directory can't be found: \(String(cString: strerror(errno)))")
        }
        defer { free(here) }
        return path == "." ? String(cString: here) : "\(String(cString: here))/\(path)"
    }

    private static func isForRemotes(_ name: String) -> Bool {
        let names = ["HOME", "USER", "LOGNAME", "PATH", "LANG", "TENON_REMOTE_PATIENCE"]
        return names.contains(name) || name.lowercased().hasSuffix("_proxy")
            || ["AWS_", "SSH_AUTH_SOCK", "GIT_SSH", "SSL_CERT_", "TENON_SSH"].contains { name.hasPrefix($0) }
    }

    private static func input(limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = block.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0, bytes.count + count <= limit else { return nil }
            if count == 0 { return bytes }
            bytes += block[..<count]
        }
    }
}
