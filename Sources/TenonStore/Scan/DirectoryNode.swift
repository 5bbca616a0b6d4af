import Glibc
import TenonCore
import TenonFormat

/// One directory of an artifact as a scan found it: its entries in canonical order, names in one arena.
///
/// Unchecked because the compiler can't see who works on it: one thread fills it, then the scan ends, and from then on threads change only
/// those of `items` that were given to them.
final class DirectoryNode: @unchecked Sendable {
    enum Kind: UInt8 {
        case file, executable, symlink, directory

        var isFile: Bool { self == .file || self == .executable }
    }

    struct Item {
        var nameStart: UInt32
        var nameLength: UInt16
        var kind: Kind
        /// Whether `oid` is of the file that `stamp` describes.
        var isKnown = false
        /// Whether the stat cache may know the file by `stamp`.
        var isTrusted = false
        /// Whether the stat cache knows it already.
        var isCached = false
        /// Whether it is a directory that holds nothing, and so an entry itself.
        var isEmptyDirectory = false
        /// Whether no change of the file can go unseen while its directory is watched: nobody had it open for writing when that began.
        var isSettled = false
        /// Whether the file has another name, by which it can be changed without an event in this directory.
        var isShared = false
        /// For a symlink: where its target begins in the arena; its length is `stamp.size`. For a directory: its place among the nodes.
        var link: UInt32 = 0
        var stamp: FileStamp
        var oid: Digest
    }

    /// Relative to the artifact; empty for its top.
    let path: [UInt8]
    var names: [UInt8] = []
    /// In canonical order, once `seal` has been called.
    private(set) var items = UnsafeMutableBufferPointer<Item>(start: nil, count: 0)
    /// As they were found.
    var found: [Item] = []
    /// Files that the stat cache had for this directory.
    var cachedCount = 0
    /// Directories in `items`, in their order.
    private(set) var children: [DirectoryNode] = []
    /// A hash of all that the directory adds to the artifact's content, once `computeFingerprint` has been called with every oid known.
    private(set) var fingerprint: Digest?
    /// The number of its watch; 0 if it has none.
    var watch: Int32 = 0

    init(path: [UInt8]) {
        self.path = path
    }

    deinit {
        items.deallocate()
    }

    func name(_ item: Item) -> ArraySlice<UInt8> {
        names[Int(item.nameStart)..<(Int(item.nameStart) + Int(item.nameLength))]
    }

    func target(_ item: Item) -> ArraySlice<UInt8> {
        names[Int(item.link)..<(Int(item.link) + Int(item.stamp.size))]
    }

    /// The path of an entry, relative to the artifact.
    func path(of name: some Collection<UInt8>) -> [UInt8] {
        path.isEmpty ? Array(name) : path + [UInt8(ascii: "/")] + name
    }

    static let noOID = Digest(words: (0, 0, 0, 0))

    /// Whether the stat cache's row is not what this directory would write now.
    var isCacheStale: Bool {
        var kept = 0
        for item in items where item.kind.isFile {
            if item.isCached { kept += 1 } else if item.isTrusted { return true }
        }
        return kept != cachedCount
    }

    /// Notes that the stat cache's row is now what this directory would write.
    func noteCached() {
        guard isCacheStale else { return }
        cachedCount = 0
        for index in items.indices where items[index].kind.isFile {
            items[index].isCached = items[index].isTrusted
            if items[index].isTrusted { cachedCount += 1 }
        }
    }

    /// Whether a file in it is not settled.
    var isRestless: Bool { items.contains { $0.kind.isFile && !$0.isSettled } }

    /// Takes what was found, in byte order of the names, `/` counting as the end of a directory's.
    ///
    /// - Parameter known: directories in it that are known already, by name; the others get new nodes.
    func seal(_ known: [[UInt8]: DirectoryNode] = [:]) {
        let order = sortedOrder()
        let buffer = UnsafeMutableBufferPointer<Item>.allocate(capacity: order.count)
        for (place, index) in order.enumerated() { buffer.initializeElement(at: place, to: found[Int(index)]) }
        found = []
        items.deallocate()
        items = buffer
        children = items.lazy.filter { $0.kind == .directory }.map { item in
            known[Array(self.name(item))] ?? DirectoryNode(path: self.path(of: self.name(item)))
        }
    }

    /// The place of the entry with this name.
    func index(of name: [UInt8]) -> Int? {
        // A directory that holds something sorts as if its name ended in a slash.
        search(name, end: -1) ?? search(name, end: Int(UInt8(ascii: "/")))
    }

    private func search(_ name: [UInt8], end: Int) -> Int? {
        names.withUnsafeBufferPointer { names in
            var low = 0
            var high = items.count
            while low < high {
                let middle = (low + high) / 2
                switch compare(items[middle], names, to: name, end: end) {
                case 0: return middle
                case ..<0: low = middle + 1
                default: high = middle
                }
            }
            return nil
        }
    }

    private func compare(_ item: Item, _ names: UnsafeBufferPointer<UInt8>, to name: [UInt8], end: Int) -> Int {
        var place = 0
        while true {
            let own = DirectoryNode.byte(item, names, place)
            let other = place < name.count ? Int(name[place]) : place == name.count ? end : -1
            if own != other { return own - other }
            if own < 0 { return 0 }
            place += 1
        }
    }

    /// The byte at `index` of what an entry is sorted by; -1 after its end.
    private static func byte(_ item: Item, _ names: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        if index < Int(item.nameLength) { return Int(names[Int(item.nameStart) + index]) }
        return index == Int(item.nameLength) && item.kind == .directory && !item.isEmptyDirectory ? Int(UInt8(ascii: "/")) : -1
    }

    /// The directory that the entry at `index` is.
    func child(at index: Int) -> DirectoryNode? {
        guard items[index].kind == .directory else { return nil }
        return children[items[..<index].count { $0.kind == .directory }]
    }

    /// Its name in the directory above.
    var lastComponent: [UInt8] { path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[($0 + 1)...]) } ?? path }

    /// Takes a new stat of the file at `index`. Returns whether its bytes must be read again, or its kind has changed.
    func renew(_ index: Int, _ information: borrowing stat) -> Bool {
        let stamp = FileStamp(information)
        let kind: Kind = information.st_mode & S_IXUSR != 0 ? .executable : .file
        items[index].isShared = information.st_nlink > 1
        let isSame = stamp == items[index].stamp && kind == items[index].kind
        // What was not trusted when it was read is read each time.
        if isSame && items[index].isKnown && items[index].isTrusted { return false }
        items[index].stamp = stamp
        items[index].kind = kind
        items[index].isKnown = false
        items[index].isTrusted = false
        items[index].isCached = false
        fingerprint = nil
        return true
    }

    /// Gives `found` the entries but those with `names`, and those that `fresh` has found; `seal` makes them the node's. Returns `false`, with
    /// nothing done, if that would change nothing.
    func refill(without names: Set<[UInt8]>, adding fresh: DirectoryNode) -> Bool {
        let kept = items.filter { !names.contains(Array(name($0))) }
        if kept.count == items.count && fresh.found.isEmpty { return false }
        var arena: [UInt8] = []
        func copy(_ item: Item, of node: DirectoryNode) -> Item {
            var copy = item
            copy.nameStart = UInt32(arena.count)
            arena.append(contentsOf: node.name(item))
            if item.kind == .symlink {
                copy.link = UInt32(arena.count)
                arena.append(contentsOf: node.target(item))
            }
            return copy
        }
        let all = kept.map { copy($0, of: self) } + fresh.found.map { copy($0, of: fresh) }
        // The old items are not asked for their names any more: `seal` comes next.
        found = all
        self.names = arena
        fingerprint = nil
        return true
    }

    /// Hashes names, kinds, sizes, oids and targets, unless a file's oid is not known.
    func computeFingerprint(_ buffer: inout [UInt8]) {
        buffer.removeAll(keepingCapacity: true)
        buffer.append(contentsOf: path)
        buffer.append(0)
        for item in items {
            buffer.append(contentsOf: name(item))
            buffer.append(0)
            buffer.append(item.kind.rawValue)
            switch item.kind {
            case .file, .executable:
                guard item.isKnown else { return }
                withUnsafeBytes(of: (item.stamp.size, item.oid.words)) { buffer.append(contentsOf: $0) }
            case .symlink:
                buffer.append(contentsOf: target(item))
                buffer.append(0)
            case .directory: break
            }
        }
        fingerprint = SHA256Hasher.hash(buffer)
    }

    /// Moves directories that hold nothing to where their paths belong as entries: those have no `/` at the end. All children must be read.
    func placeEmptyDirectories() {
        guard children.contains(where: \.items.isEmpty) || items.contains(where: \.isEmptyDirectory) else { return }
        found = Array(items)
        var inner: [DirectoryNode?] = []
        var child = 0
        for index in found.indices {
            guard found[index].kind == .directory else {
                inner.append(nil)
                continue
            }
            found[index].isEmptyDirectory = children[child].items.isEmpty
            inner.append(children[child])
            child += 1
        }
        let order = sortedOrder()
        for (place, index) in order.enumerated() { items[place] = found[Int(index)] }
        children = order.compactMap { inner[Int($0)] }
        found = []
    }

    private func sortedOrder() -> [UInt32] {
        struct Key {
            var prefix: UInt64
            var index: UInt32
        }
        return names.withUnsafeBufferPointer { names in
            func byte(_ item: Item, _ index: Int) -> Int { DirectoryNode.byte(item, names, index) }
            var keys = found.enumerated().map { index, item in
                var prefix: UInt64 = 0
                for place in 0..<8 { prefix = prefix << 8 | UInt64(max(0, byte(item, place))) }
                return Key(prefix: prefix, index: UInt32(index))
            }
            found.withUnsafeBufferPointer { items in
                keys.sort { left, right in
                    if left.prefix != right.prefix { return left.prefix < right.prefix }
                    let a = items[Int(left.index)]
                    let b = items[Int(right.index)]
                    var place = 8
                    while true {
                        let x = byte(a, place)
                        let y = byte(b, place)
                        if x != y { return x < y }
                        if x < 0 { return false }
                        place += 1
                    }
                }
            }
            return keys.map(\.index)
        }
    }
}
