import Dispatch
import GRDB
import Glibc
import Logging
import Synchronization
import TenonCore
import TenonFormat

/// A user's store: packs, the index of what lies in them, and the catalog of what counts.
///
/// Every function is synchronous, may block, and may be called from many threads at once.
package final class Store: Sendable {
    /// The store's name for itself; never changes.
    package let id: String
    /// The directory that it is in.
    package let home: String
    package let options: StoreOptions
    package let log: Logger

    let places: StoreHome
    let index: ChunkIndex
    let losses = LossLog()
    /// What files were when they were last read.
    let statCache: StatCache
    let lateNotes = LateNotes()
    /// Watches artifacts; `nil` if this store does not.
    package let watcher: Watcher?

    private let lock: StoreLock
    private let shelf: PackShelf
    private let dataCache: BlockCache
    private let metadataCache: BlockCache
    private let reserve: SpaceReserve

    struct State {
        /// The packs that count.
        var packs: [UInt32: PackRow] = [:]
        /// Packs of this store that this version must not read; while there are any, nothing may be removed.
        var unreadablePacks: [PackID] = []
        /// Packs that merges have replaced, each with those that have its objects now: for sessions that meant to reuse it.
        private var successors: [UInt32: [UInt32]] = [:]
        /// Files whose recipes have not been proved, each with the number of the arrival that brought the last one. As in the catalog.
        var unproved: [Digest: UInt64] = [:]
        private var arrivals: UInt64 = 0
        /// Set when the catalog's disk failed: nothing it says from then on can be trusted.
        var condemned: TenonError?

        mutating func note(successors packs: [UInt32], of merged: [UInt32]) {
            for number in merged { successors[number] = packs }
        }

        /// The packs in which lies now what lay in `packs`.
        func present(_ packs: Set<UInt32>) -> Set<UInt32> {
            var present = packs
            while case let merged = present.filter({ successors[$0] != nil }), !merged.isEmpty {
                present.subtract(merged)
                for number in merged { present.formUnion(successors[number] ?? []) }
            }
            return present
        }

        mutating func distrust(_ files: [Digest]) {
            arrivals += 1
            for file in files { unproved[file] = arrivals }
        }
    }

    let state = Mutex(State())
    private let catalogBox: Mutex<Catalog>
    /// Where work runs that nobody waits for; it waits for none of the other queues' work.
    let maintenance = DispatchQueue(label: "tenon.store.maintenance", qos: .utility)
    let isClosing = Atomic(false)
    /// Keeps writers and a rebuild apart.
    let writerGate = WriterGate()
    /// Held while a pack is being salvaged or the store rebuilt.
    let repairLock = Mutex(())
    /// Held while packs that were merged give way to the new ones: the catalog knows of it before memory does.
    let rearranging = Mutex(())

    /// Milliseconds that saved work-tree states are kept.
    static let savedStateLifetime: UInt64 = 30 * 24 * 60 * 60 * 1000
    /// Milliseconds by which the clock must have gone on before what it said of a saved state's age is believed.
    static let clockProof: UInt64 = 24 * 60 * 60 * 1000

    private init(places: StoreHome, options: StoreOptions, log: Logger, id: String, lock: StoreLock, catalog: Catalog) {
        self.places = places
        self.options = options
        self.log = log
        self.id = id
        self.lock = lock
        home = places.path
        statCache = StatCache(path: places.statCache, log: log)
        watcher = options.watches ? Watcher(memory: options.watchBytes, watchLimit: options.watchLimit, log: log) : nil
        index = ChunkIndex(directory: places.index, fileSystem: options.fileSystem, log: log)
        shelf = PackShelf(home: places, fileSystem: options.fileSystem)
        metadataCache = BlockCache(limit: options.blockCacheBytes / 4)
        dataCache = BlockCache(limit: options.blockCacheBytes - options.blockCacheBytes / 4)
        reserve = SpaceReserve(path: places.reserve, byteCount: options.reserve, fileSystem: options.fileSystem)
        catalogBox = Mutex(catalog)
    }

    /// Opens the store at `home`, or makes an empty one there, and brings catalog and index in line with the packs that lie there.
    ///
    /// Throws `busy` if another process has it open, `permission` if it is not this user's alone to write, `invalidArgument` on a file system that
    /// a store can't live on, `unsupportedVersion` if a newer Tenon wrote the catalog.
    package static func open(home: String, options: StoreOptions = StoreOptions(), log: Logger) throws -> Store {
        let places = StoreHome(path: home)
        try places.prepare(fileSystem: options.fileSystem)
        let lock = try StoreLock(path: places.lock)
        let id = try places.readOrMakeIdentifier(fileSystem: options.fileSystem)
        var log = log
        log[metadataKey: "store"] = "\(id)"
        let catalog = try openCatalog(places, options: options, log: log)
        let store = Store(places: places, options: options, log: log, id: id, lock: lock, catalog: catalog)
        do {
            try store.recover()
        } catch {
            store.release()
            throw error
        }
        store.reserve.fill()
        return store
    }

    /// Opens the catalog; one that is damaged is set aside for one made from packs.
    private static func openCatalog(_ places: StoreHome, options: StoreOptions, log: Logger) throws -> Catalog {
        do {
            return try Catalog(path: places.catalog, fileSystem: options.fileSystem)
        } catch {
            guard error.code == .corrupt else { throw error }
            log.error("the catalog is damaged; it is made again from packs", metadata: ["reason": "\(error)"])
            try setCatalogAside(places, fileSystem: options.fileSystem)
            return try Catalog(path: places.catalog, fileSystem: options.fileSystem)
        }
    }

    /// Moves the catalog's files to `quarantine/`.
    static func setCatalogAside(_ places: StoreHome, fileSystem: FileSystem) throws {
        let target = "\(places.quarantine)/catalog-\(randomName()).sqlite"
        for suffix in ["", "-wal", "-shm"] {
            guard access(places.catalog + suffix, F_OK) == 0 else { continue }
            try fileSystem.renameWithoutReplacing(places.catalog + suffix, to: target + suffix)
        }
        try fileSystem.synchronizeDirectory(places.path)
    }

    /// Writes what is in memory only, and gives the lock back. The store must not be used after it.
    package func close() {
        isClosing.store(true, ordering: .relaxed)
        lateNotes.waitForAll()
        watcher?.stop()
        maintenance.sync {}
        index.close()
        release()
    }

    private func release() {
        shelf.removeAll()
        catalog.close()
        statCache.close()
        lock.release()
    }

    var catalog: Catalog { catalogBox.withLock { $0 } }

    /// Puts an empty catalog in the place of the present one, which goes to `quarantine/`.
    func replaceCatalog() throws {
        try catalogBox.withLock { catalog in
            catalog.close()
            try Store.setCatalogAside(places, fileSystem: options.fileSystem)
            catalog = try Catalog(path: places.catalog, fileSystem: options.fileSystem)
        }
    }

    // MARK: Space

    /// Throws `noSpace` if `bytes` more would leave less free than the store keeps free.
    package func checkSpace(for bytes: UInt64) throws {
        let space = try VolumeSpace(of: home)
        let kept = UInt64(Double(space.totalBytes) * options.keepFree)
        guard space.freeBytes < kept || space.freeBytes - kept < bytes else { return }
        throw TenonError(
            .noSpace, "the store '\(displayName(home.utf8))' can't take \(bytes == 0 ? "more data" : "\(bytes) bytes")",
            cause: "\(space.freeBytes >> 20) MiB are free on its volume, of which \(kept >> 20) MiB are kept free",
            hint: "free some space there")
    }

    /// Runs a catalog transaction; on a full disk once more, with the reserve given back.
    func writeCatalog<Value>(_ body: (Catalog) throws -> Value) throws -> Value {
        if let condemned = state.withLock({ $0.condemned }) { throw condemned }
        do {
            return try body(catalog)
        } catch let error as TenonError where error.code == .noSpace {
            guard reserve.release() else { throw error }
            log.warning("the disk is full; the reserve is used for the catalog")
            return try body(catalog)
        } catch let error as TenonError where error.code == .io {
            // After a failed sync nobody knows what the file holds; only opening it anew tells.
            state.withLock { if $0.condemned == nil { $0.condemned = error } }
            log.critical(
                "the catalog could not be written; nothing more is stored until the daemon is started anew", metadata: ["reason": "\(error)"])
            throw error
        }
    }

    /// Set once the catalog's disk has failed: the daemon must end, and open the store anew.
    package var failure: TenonError? { state.withLock { $0.condemned } }

    // MARK: Packs

    /// The row of a pack that counts.
    func row(of number: UInt32) -> PackRow? {
        state.withLock { $0.packs[number] }
    }

    func reader(_ row: PackRow) throws -> PackReader {
        try shelf.reader(row)
    }

    func cache(for type: BlockType) -> BlockCache {
        type == .data ? dataCache : metadataCache
    }

    /// Forgets what is held of a pack that does not count any more.
    func forget(_ row: PackRow) {
        state.withLock { $0.packs[row.number] = nil }
        index.remove([row.id])
        shelf.remove(row.number)
        dataCache.remove(pack: row.number)
        metadataCache.remove(pack: row.number)
    }
}
