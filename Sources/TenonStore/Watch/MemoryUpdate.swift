import Glibc
import TenonCore

/// Brings what is remembered of an artifact up to date with what was touched in it.
struct MemoryUpdate {
    let memory: WatchMemory
    /// What the nodes lie below.
    let base: DirectoryHandle
    /// Walks directories that are new.
    let scanner: Scanner

    /// Whether anything is different now, or has to be read again.
    private(set) var hasChanged = false
    private let reader = DirectoryReader()
    /// Nodes in which entries came or went, with the nodes of the directories that stayed.
    private var rebuilt: [(node: DirectoryNode, known: [[UInt8]: DirectoryNode])] = []

    init(memory: WatchMemory, base: DirectoryHandle, scanner: Scanner) {
        self.memory = memory
        self.base = base
        self.scanner = scanner
    }

    /// Looks at all that was touched and all that is not settled. Returns `false` if the memory can't be brought up to date.
    ///
    /// Throws like a walk, for what can't be content; the memory is worthless then.
    mutating func apply(_ touches: Touches, _ progress: ProgressSink) throws -> Bool {
        var work = touches.directories
        for node in memory.restless where work[node.watch] == nil { work[node.watch] = Touches.Directory() }
        guard work.keys.allSatisfy({ memory.byWatch[$0] != nil }) else { return false }
        // What went is forgotten before what came is walked: both may be the same directory.
        var unreachable: [Int32] = []
        for (watch, touched) in work {
            // One that went with a directory above it.
            guard let node = memory.byWatch[watch] else { continue }
            try progress.check()
            if try touched.isGone || !update(node, touched) { unreachable.append(watch) }
        }
        // A directory that can't be found at its path must have gone by an event in the one above.
        guard unreachable.allSatisfy({ memory.byWatch[$0] == nil }) else { return false }
        if !rebuilt.isEmpty {
            // The file itself went, or is something else now.
            guard memory.kind == .tree else { return false }
            hasChanged = true
            for (node, known) in rebuilt { node.seal(known) }
            guard try walkNew(progress) else { return false }
        }
        let new = rebuilt.flatMap { MemoryUpdate.newNodes(in: $0.node, $0.known) }
        memory.restless = (work.keys.compactMap { memory.byWatch[$0] } + new).filter(\.isRestless)
        return true
    }

    /// Looks at one directory again. Returns `false` if it is not at its path.
    private mutating func update(_ node: DirectoryNode, _ touched: Touches.Directory) throws -> Bool {
        let descriptor = base.tryOpen(node.path, flags: O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else {
            let number = errno
            if number == ENOENT || number == ENOTDIR || number == ELOOP { return false }
            throw DirectoryHandle.error(number, opening: base.fullName(node.path))
        }
        let handle = DirectoryHandle(owning: descriptor, name: base.fullName(node.path))
        var names: Set<[UInt8]> = []
        for (name, touch) in touched.names where !isSameEntry(name, touch, node) { names.insert(name) }
        if touched.isCrowded {
            names = try listing(node, handle).union(node.items.lazy.filter { !$0.kind.isFile }.map { Array(node.name($0)) })
            for index in node.items.indices { node.items[index].isSettled = false }
        }
        for index in node.items.indices where node.items[index].kind.isFile && !node.items[index].isSettled {
            if try !renew(index, of: node, handle) { names.insert(Array(node.name(node.items[index]))) }
        }
        if !names.isEmpty { try replace(names, in: node, handle) }
        return true
    }

    /// Whether the entry is a file that was only written to or opened, or a directory that is still the same; the file's stat is taken anew.
    private func isSameEntry(_ name: [UInt8], _ touch: Touches.Touch, _ node: DirectoryNode) -> Bool {
        guard let index = node.index(of: name) else { return false }
        if node.items[index].kind == .directory { return touch.mask & Inotify.Event.structure == 0 }
        guard node.items[index].kind.isFile else { return false }
        node.items[index].isSettled = false
        return true
    }

    /// The names in a directory that the node does not have.
    private func listing(_ node: DirectoryNode, _ handle: DirectoryHandle) throws -> Set<[UInt8]> {
        let found = DirectoryNode(path: node.path)
        try reader.read(found, handle)
        return Set(found.items.lazy.map { Array(found.name($0)) }.filter { node.index(of: $0) == nil })
    }

    /// Takes a file's stat. Returns `false` if it is no file any more.
    private mutating func renew(_ index: Int, of node: DirectoryNode, _ handle: DirectoryHandle) throws -> Bool {
        var information = stat()
        let status = node.name(node.items[index]).withCString { fstatat(handle.descriptor, $0, &information, AT_SYMLINK_NOFOLLOW) }
        if status != 0 {
            if errno == ENOENT { return false }
            throw TenonError(errno: errno, "can't look at '\(displayName(handle.fullName(node.name(node.items[index]))))'")
        }
        guard information.st_mode & S_IFMT == S_IFREG else { return false }
        if node.renew(index, information) { hasChanged = true }
        return true
    }

    /// Forgets the entries with these names, and takes in those of them that are there now.
    private mutating func replace(_ names: Set<[UInt8]>, in node: DirectoryNode, _ handle: DirectoryHandle) throws {
        let fresh = DirectoryNode(path: node.path)
        for name in names { try reader.find(name, for: fresh, handle) }
        var dropped: [DirectoryNode] = []
        var known: [[UInt8]: DirectoryNode] = [:]
        for child in node.children {
            let name = child.lastComponent
            if names.contains(name) { dropped.append(child) } else { known[name] = child }
        }
        guard node.refill(without: names, adding: fresh) else { return }
        forget(dropped)
        rebuilt.append((node, known))
    }

    /// Forgets directories with all that is in them.
    private func forget(_ nodes: [DirectoryNode]) {
        var waiting = nodes
        var watches: [Int32] = []
        while let node = waiting.popLast() {
            memory.byWatch[node.watch] = nil
            watches.append(node.watch)
            waiting.append(contentsOf: node.children)
        }
        if !watches.isEmpty { scanner.hold?.detach(watches) }
    }

    /// Walks directories that have come. Returns `false` if one of them can't be watched.
    private mutating func walkNew(_ progress: ProgressSink) throws -> Bool {
        for (node, known) in rebuilt where memory.byWatch[node.watch] != nil {
            for child in node.children where known[child.lastComponent] == nil {
                try scanner.walk(from: child, base: base, rows: [:], progress)
            }
            for new in MemoryUpdate.newNodes(in: node, known) {
                guard new.watch != 0, memory.byWatch.updateValue(new, forKey: new.watch) == nil else { return false }
            }
        }
        guard let top = memory.nodes.first else { return false }
        memory.nodes = Scanner.nodes(from: top)
        memory.entryCount = memory.nodes.reduce(0) { $0 + $1.items.count }
        return true
    }

    /// The nodes below `node` that are not below one that was known.
    private static func newNodes(in node: DirectoryNode, _ known: [[UInt8]: DirectoryNode]) -> [DirectoryNode] {
        var result: [DirectoryNode] = []
        var waiting = node.children.filter { known[$0.lastComponent] == nil }
        while let next = waiting.popLast() {
            result.append(next)
            waiting.append(contentsOf: next.children)
        }
        return result
    }
}
