import Logging
import Synchronization
import TenonAPI
import TenonCore
import TenonStore

/// The work trees that requests have named and that have artifacts. Kept in the store's directory, so that a daemon that is started anew goes on
/// where the last one ended.
final class WatchedTrees: Sendable {
    private let path: String
    private let fileSystem: FileSystem
    private let log: Logger
    private let trees: Mutex<[String: WorkTreeContext]>

    private static let maximumLength = 1 << 20
    private static let maximumCount = 1000

    init(directory: String, fileSystem: FileSystem, log: Logger) {
        path = directory + "/watched"
        self.fileSystem = fileSystem
        self.log = log
        trees = Mutex(WatchedTrees.load(path, fileSystem, log))
    }

    /// A file that can't be read names nothing: its work trees come back with their next request.
    private static func load(_ path: String, _ fileSystem: FileSystem, _ log: Logger) -> [String: WorkTreeContext] {
        do {
            guard let bytes = try fileSystem.contents(of: path, limit: maximumLength) else { return [:] }
            let list = try WireCoding.decode([WorkTreeContext].self, from: bytes)
            return Dictionary(list.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        } catch {
            log.warning("the list of watched work trees can't be read", metadata: ["file": "\(path)", "reason": "\(error)"])
            return [:]
        }
    }

    /// The path of the top, which the engine takes only as UTF-8.
    private static func key(_ context: WorkTreeContext) -> String { String(decoding: context.topLevel.bytes, as: UTF8.self) }

    /// Notes a work tree with artifacts, as a request has named it, but for what is true of that request alone.
    func note(_ context: WorkTreeContext) {
        let lasting = context.lasting
        let list: [WorkTreeContext]? = trees.withLock { trees in
            let key = WatchedTrees.key(lasting)
            guard trees[key] != lasting, trees.count < WatchedTrees.maximumCount else { return nil }
            trees[key] = lasting
            return Array(trees.values)
        }
        if let list { save(list) }
    }

    /// Forgets a work tree that is not there any more.
    func forget(_ context: WorkTreeContext) {
        let list: [WorkTreeContext]? = trees.withLock { trees in
            let key = WatchedTrees.key(context)
            // Another one may have come in its place.
            guard trees[key] == context.lasting else { return nil }
            trees[key] = nil
            return Array(trees.values)
        }
        if let list { save(list) }
    }

    private func save(_ list: [WorkTreeContext]) {
        do {
            try fileSystem.replace(path, with: try WireCoding.encode(list.sorted { $0.topLevel.bytes.lexicographicallyPrecedes($1.topLevel.bytes) }))
        } catch {
            log.warning("the list of watched work trees can't be written", metadata: ["file": "\(path)", "reason": "\(error)"])
        }
    }

    var all: [WorkTreeContext] { trees.withLock { Array($0.values) } }

    /// The work tree with this top.
    subscript(root: String) -> WorkTreeContext? { trees.withLock { $0[root] } }
}

extension WorkTreeContext {
    /// Without what is true of one request alone. The umask stays: what the daemon does there of its own accord goes by the last one it was told.
    var lasting: WorkTreeContext {
        WorkTreeContext(topLevel: topLevel, gitDirectory: gitDirectory, device: device, inode: inode, umask: umask)
    }
}
