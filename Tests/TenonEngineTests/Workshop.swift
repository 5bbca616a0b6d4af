import Foundation
import Logging
import Synchronization
import TenonAPI
import TenonCore
import TenonFormat
import TenonStore
import Testing

@testable import TenonEngine

/// A store, an engine and a Git repository in a temporary directory, gone when the test ends. No user's or system's Git configuration is read.
final class Workshop: Sendable {
    let root: String
    let engine: Engine
    let store: Store

    /// Makes the directory, calls `body`, and removes everything.
    static func with(_ body: (Workshop) async throws -> Void) async throws {
        let workshop = try Workshop()
        defer { workshop.remove() }
        try await body(workshop)
    }

    private init() throws {
        var template = Array("/tmp/tenon-engine-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw TenonError(.io, "no temporary directory") }
        root = String(cString: path)
        mkdir(root + "/tree", 0o755)
        store = try Store.open(home: root + "/home", log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        engine = Engine(store: store, log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try git("init", "-q", "-b", "main")
        try git("config", "user.name", "Test")
        try git("config", "user.email", "test@example.com")
    }

    private func remove() {
        store.close()
        try? FileManager.default.removeItem(atPath: root)
    }

    var tree: String { root + "/tree" }

    // MARK: Git

    static let environment = [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        "LC_ALL": "C", "HOME": "/nonexistent",
    ]

    /// Runs git in the work tree and returns what it printed.
    @discardableResult
    func git(_ arguments: String..., mayFail: Bool = false) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", tree] + arguments
        process.environment = Workshop.environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        if process.terminationStatus != 0 && !mayFail { throw TenonError(.git, "git \(arguments.joined(separator: " "))", cause: text) }
        return text.trimmingCharacters(in: .newlines)
    }

    var context: WorkTreeContext { context(of: tree) }

    /// What a client sends about the work tree whose top is `path`.
    func context(of path: String) -> WorkTreeContext {
        var status = stat()
        stat(path, &status)
        return WorkTreeContext(
            topLevel: WirePath(path), device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
            gitEnvironment: ["GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"])
    }

    /// The commit that `revision` names.
    func commit(_ revision: String = "HEAD") throws -> String {
        try git("rev-parse", "--verify", revision + "^{commit}")
    }

    /// Commits everything that Git would take with `commit -a`.
    func commitAll(_ message: String) throws {
        try git("commit", "-q", "-a", "-m", message)
    }

    // MARK: Files

    func write(_ path: String, _ text: String) throws {
        let full = tree + "/" + path
        try FileManager.default.createDirectory(atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: full))
    }

    func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: tree + "/" + path).map { String(decoding: $0, as: UTF8.self) }
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(tree + "/" + path, &status) == 0
    }

    func delete(_ path: String) throws {
        try FileManager.default.removeItem(atPath: tree + "/" + path)
    }

    /// Removes the store's packs behind its back: its catalog still lists them.
    func losePacks() throws {
        let packs = root + "/home/packs"
        for name in try FileManager.default.contentsOfDirectory(atPath: packs) where name.hasSuffix(".pack") {
            try FileManager.default.removeItem(atPath: packs + "/" + name)
        }
    }

    // MARK: Verbs

    func initialize() async throws {
        _ = try await engine.initialize(InitRequest(workTree: context), Reporter())
    }

    @discardableResult
    func add(_ paths: String...) async throws -> AddRequest.Reply {
        try await engine.add(AddRequest(workTree: context, paths: paths.map { WirePath($0) }), Reporter())
    }

    @discardableResult
    func update(stage: Bool = true, warnings: Collected<String> = Collected()) async throws -> AddRequest.Reply {
        try await engine.add(
            AddRequest(workTree: context, paths: [], update: true, stage: stage), Reporter(warning: { warnings.append($0) }))
    }

    /// The state of each artifact, by path.
    func states() async throws -> [String: ArtifactState] {
        let reply = try await status()
        return Dictionary(reply.artifacts.map { ($0.path.description, $0.state) }, uniquingKeysWith: { first, _ in first })
    }

    /// Artifacts whose data changed since its pointer was staged: those whose pointers have followed, and those that can't yet.
    func changed() async throws -> [String] {
        try await status().artifacts.filter { $0.unstaged || $0.state == .modified }.map(\.path.description)
    }

    func status() async throws -> StatusRequest.Reply {
        try await engine.status(StatusRequest(workTree: context), Reporter())
    }

    @discardableResult
    func reconcile() async throws -> RestoreRequest.Reply {
        try await engine.restore(RestoreRequest(workTree: context, mode: .reconcile), Reporter())
    }

    @discardableResult
    func restore(
        _ paths: String..., source: String? = nil, side: RestoreRequest.Side? = nil, destination: String? = nil
    ) async throws -> RestoreRequest.Reply {
        try await engine.restore(
            RestoreRequest(
                workTree: context, mode: .overwrite, paths: paths.map { WirePath($0) }, source: source, side: side,
                destination: destination.map { WirePath($0) }), Reporter())
    }

    /// A repository with so many files in `files/`, each an artifact, bound by one commit.
    func manyFiles(_ count: Int) async throws {
        try await initialize()
        for number in 0..<count {
            try write("files/\(number).txt", "number \(number)")
            try await add("files/\(number).txt")
        }
        try git("commit", "-q", "-m", "many")
    }

    /// A repository with the artifacts `data` (a directory) and `model.bin`, committed once as "one" and once changed as "two".
    func twoCommits() async throws {
        try write("code.py", "print(1)\n")
        try write("data/a.csv", "a,1\n")
        try write("data/sub/b.csv", "b,1\n")
        try write("model.bin", "weights 1")
        try git("add", "code.py")
        try await initialize()
        try await add("data", "model.bin")
        try git("commit", "-q", "-m", "one")
        try write("data/a.csv", "a,2\n")
        try write("model.bin", "weights 2")
        try await update()
        try git("commit", "-q", "-m", "two")
    }
}

/// Values that closures collect from any thread.
final class Collected<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])

    var values: [Value] { state.withLock { $0 } }

    func append(_ value: Value) {
        state.withLock { $0.append(value) }
    }
}

/// The code of the error that `body` throws; `nil` if it throws none.
func errorCode(_ body: () async throws -> Void) async -> TenonError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? TenonError)?.code
    }
}
