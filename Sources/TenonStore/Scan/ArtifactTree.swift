import Glibc
import TenonCore
import TenonFormat

/// What a scan found at an artifact's place: every entry, with the oids of those files that the stat cache vouches for.
final class ArtifactTree: Sendable {
    let kind: ArtifactKind
    /// What the entries' paths are relative to: the artifact's directory; for a file artifact the one that it lies in.
    let base: DirectoryHandle
    /// Every directory in canonical order, each before those in it. A file artifact is one item of a single node.
    let nodes: [DirectoryNode]
    let trust: TrustRule
    /// If it is watched: what keeps what is learned of it for the next look.
    let hold: WatchHold?

    /// A regular file in the tree.
    struct FileReference: Hashable, Sendable {
        var node: UInt32
        var item: UInt32
    }

    init(kind: ArtifactKind, base: DirectoryHandle, nodes: [DirectoryNode], trust: TrustRule, hold: WatchHold? = nil) {
        self.kind = kind
        self.base = base
        self.nodes = nodes
        self.trust = trust
        self.hold = hold
    }

    /// Regular files in it.
    var fileCount: UInt64 { nodes.reduce(0) { count, node in count + UInt64(node.items.count { $0.kind.isFile }) } }

    /// Whether it is as an earlier look has left it, every oid known.
    var isUnchanged: Bool { hold?.isUnchanged ?? false }

    /// Calls `body` with every item but directories that hold something, in byte order of the paths; those are relative to `base`.
    func forEachEntry(_ body: (_ node: DirectoryNode, _ index: Int, _ path: UnsafeRawBufferPointer) throws -> Void) throws {
        guard let top = nodes.first else { return }
        var walk = EntryWalk()
        try walk.visit(top, body)
    }

    /// Goes through a tree with the present entry's path in one buffer.
    private struct EntryWalk {
        private var path: [UInt8] = []

        mutating func visit(_ node: DirectoryNode, _ body: (DirectoryNode, Int, UnsafeRawBufferPointer) throws -> Void) throws {
            let start = path.count
            var child = 0
            for index in node.items.indices {
                let item = node.items[index]
                path.append(contentsOf: node.name(item))
                var inner: DirectoryNode?
                if item.kind == .directory {
                    inner = node.children[child]
                    child += 1
                }
                if let inner, !inner.items.isEmpty {
                    path.append(UInt8(ascii: "/"))
                    try visit(inner, body)
                } else {
                    try path.withUnsafeBytes { try body(node, index, $0) }
                }
                path.removeLast(path.count - start)
            }
        }
    }

    /// Files of which no oid is known, in canonical order.
    func unknownFiles() -> [FileReference] {
        isUnchanged ? [] : references { !$0.isKnown }
    }

    /// All regular files, in canonical order.
    func files() -> [FileReference] {
        references { _ in true }
    }

    private func references(_ isWanted: (DirectoryNode.Item) -> Bool) -> [FileReference] {
        var numbers: [ObjectIdentifier: UInt32] = [:]
        for (number, node) in nodes.enumerated() { numbers[ObjectIdentifier(node)] = UInt32(number) }
        var result: [FileReference] = []
        if let top = nodes.first { ArtifactTree.collect(top, numbers, isWanted, into: &result) }
        return result
    }

    private static func collect(
        _ node: DirectoryNode, _ numbers: [ObjectIdentifier: UInt32], _ isWanted: (DirectoryNode.Item) -> Bool, into result: inout [FileReference]
    ) {
        let number = numbers[ObjectIdentifier(node)] ?? 0
        var child = 0
        for (index, item) in node.items.enumerated() {
            if item.kind == .directory {
                collect(node.children[child], numbers, isWanted, into: &result)
                child += 1
            } else if item.kind.isFile, isWanted(item) {
                result.append(FileReference(node: number, item: UInt32(index)))
            }
        }
    }

    /// The path of a file, relative to `base`.
    func path(_ file: FileReference) -> [UInt8] {
        let node = nodes[Int(file.node)]
        return node.path(of: node.name(node.items[Int(file.item)]))
    }

    func item(_ file: FileReference) -> DirectoryNode.Item {
        nodes[Int(file.node)].items[Int(file.item)]
    }

    /// A hash of all that the content depends on; `nil` if some oid is not known, and for a file.
    func fingerprint() -> Digest? {
        guard kind == .tree else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(nodes.count * Digest.byteCount)
        var scratch: [UInt8] = []
        for node in nodes {
            if node.fingerprint == nil { node.computeFingerprint(&scratch) }
            guard let fingerprint = node.fingerprint else { return nil }
            fingerprint.append(to: &bytes)
        }
        return SHA256Hasher.hash(bytes)
    }

    /// What the artifact consists of; every file's oid must be known. `sink` receives the manifest's nodes.
    func content(sink: @escaping (NodeID, [UInt8]) throws -> Void) throws -> Content {
        if kind == .file {
            guard let item = nodes.first?.items.first, item.isKnown else { throw ContentBuilder.unknown }
            return Content(kind: .file, oid: OID(item.oid), size: item.stamp.size, executable: item.kind == .executable)
        }
        let builder = ContentBuilder(sink: sink)
        try forEachEntry { node, index, path in try builder.add(node.items[index], of: node, path: path) }
        return try builder.finish()
    }
}
