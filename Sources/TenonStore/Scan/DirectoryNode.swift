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

    /// Takes what was found, in byte order of the names, `/` counting as the end of a directory's.
    func seal() {
        let order = sortedOrder()
        let buffer = UnsafeMutableBufferPointer<Item>.allocate(capacity: order.count)
        for (place, index) in order.enumerated() { buffer.initializeElement(at: place, to: found[Int(index)]) }
        found = []
        items = buffer
        children = items.lazy.filter { $0.kind == .directory }.map { DirectoryNode(path: self.path(of: self.name($0))) }
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
        guard children.contains(where: \.items.isEmpty) else { return }
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
            func byte(_ item: Item, _ index: Int) -> Int {
                if index < Int(item.nameLength) { return Int(names[Int(item.nameStart) + index]) }
                return index == Int(item.nameLength) && item.kind == .directory && !item.isEmptyDirectory ? Int(UInt8(ascii: "/")) : -1
            }
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
