import Glibc
import TenonCore

/// Walks what lies at an artifact's place, without following symlinks and on several threads where directories are many.
struct Scanner {
    let place: ArtifactPlace
    let cache: StatCache
    /// Take no oid from the stat cache.
    var ignoresCache = false
    /// Watches what is walked.
    var hold: WatchHold?

    /// Directories beyond which more threads help.
    private static let directoriesPerThread = 16

    /// Directories that are to be read, while threads read them.
    fileprivate struct QueueState {
        var waiting: [DirectoryNode] = []
        var busy = 0
        var failure: (any Error)?
    }

    /// Everything that lies there; `nil` if nothing does.
    ///
    /// Throws `invalidArgument` if it is a symlink, or holds a name or a kind of file that can't be content, and `permission` if something can't
    /// be looked at.
    func scan(_ progress: ProgressSink) throws -> ArtifactTree? {
        let root = try DirectoryHandle.open(absolute: place.workTreeRoot)
        let name = Array(place.path.lastComponent)
        guard let kind = try root.status(place.path.bytes)?.st_mode else {
            watchAbsence(of: name, root)
            return nil
        }
        let parent = try root.directory(place.path.parent?.bytes ?? [])
        switch kind & S_IFMT {
        case S_IFDIR:
            let base = try root.directory(place.path.bytes)
            checkVolume(of: base)
            _ = hold?.attach(parent, .around(name))
            let top = DirectoryNode(path: [])
            try walk(from: top, base: base, rows: ignoresCache ? [:] : cache.rows(of: place), progress)
            // A mount point of its own has its own clock.
            let trust = TrustRule(parent: try base.isOnSameVolume(as: parent) ? parent : base)
            return tree(.tree, base: base, Scanner.nodes(from: top), trust)
        case S_IFREG:
            checkVolume(of: parent)
            let node = DirectoryNode(path: [])
            node.watch = hold?.attach(parent, .top, only: name) ?? 0
            try DirectoryReader().find(name, for: node, parent)
            guard node.found.first?.kind.isFile == true else { throw SteadyRead.Vanished(path: parent.fullName(name)) }
            node.seal()
            if !ignoresCache { cache.rows(of: place)[[]]?.match(node, isSharing: place.sharesFiles) }
            return tree(.file, base: parent, [node], TrustRule(parent: parent))
        case S_IFLNK:
            throw TenonError(
                .invalidArgument, "can't take '\(place.path)'", cause: "it is a symlink", hint: "add what it points to by its own path")
        default:
            throw TenonError(
                .invalidArgument, "can't take '\(place.path)'",
                cause: "it is \(DirectoryReader.kindName(kind)), not a file or directory")
        }
    }

    private func tree(_ kind: ArtifactKind, base: DirectoryHandle, _ nodes: [DirectoryNode], _ trust: TrustRule) -> ArtifactTree {
        if let hold, let identity = try? base.identity() {
            hold.keep(WatchMemory(kind: kind, identity: identity, nodes: nodes), isUnchanged: false)
        }
        return ArtifactTree(kind: kind, base: base, nodes: nodes, trust: trust, hold: hold)
    }

    /// Watches the directory in which the artifact may come.
    private func watchAbsence(of name: [UInt8], _ root: DirectoryHandle) {
        guard let hold, let parent = try? root.directory(place.path.parent?.bytes ?? []) else { return }
        checkVolume(of: parent)
        if hold.attach(parent, .around(name)) != 0 { hold.keepAbsence() }
    }

    private func checkVolume(of directory: DirectoryHandle) {
        if let hold, !VolumeTraits(of: directory.descriptor).tellsOfChanges { hold.refuse(.fileSystem) }
    }

    func walk(from top: DirectoryNode, base: DirectoryHandle, rows: [[UInt8]: StatCacheRow], _ progress: ProgressSink) throws {
        // The first directories are read here: most artifacts have few, and threads cost more than those.
        let reader = DirectoryReader()
        var waiting = [top]
        var done = 0
        while let node = waiting.popLast() {
            try visit(node, base, reader, rows)
            waiting.append(contentsOf: node.children.reversed())
            done += 1
            if done >= Scanner.directoriesPerThread, waiting.count >= 2 { break }
        }
        guard !waiting.isEmpty else { return }
        let queue = Monitor(QueueState(waiting: waiting))
        try ThreadTeam.run(ThreadTeam.preferredCount) { _ in
            let reader = DirectoryReader()
            while let node = queue.next() {
                let result = Result {
                    try progress.check()
                    try visit(node, base, reader, rows)
                }
                queue.finish(node, result)
            }
        }
        if let failure = queue.withLock({ $0.failure }) { throw failure }
    }

    func visit(_ node: DirectoryNode, _ base: DirectoryHandle, _ reader: DirectoryReader, _ rows: [[UInt8]: StatCacheRow]) throws {
        let descriptor = base.tryOpen(node.path, flags: O_RDONLY | O_DIRECTORY)
        if descriptor < 0 {
            let number = errno
            // It was there when the directory above was listed.
            if number == ENOENT || number == ENOTDIR || number == ELOOP { throw SteadyRead.Vanished(path: base.fullName(node.path)) }
            throw DirectoryHandle.error(number, opening: base.fullName(node.path))
        }
        let handle = DirectoryHandle(owning: descriptor, name: base.fullName(node.path))
        // Before it is listed, so that what comes later is told of.
        node.watch = watch(handle, of: node, base)
        try reader.read(node, handle)
        rows[node.path]?.match(node, isSharing: place.sharesFiles)
        node.computeFingerprint(&reader.scratch)
    }

    private func watch(_ handle: DirectoryHandle, of node: DirectoryNode, _ base: DirectoryHandle) -> Int32 {
        guard let hold else { return 0 }
        if !node.path.isEmpty, (try? handle.isOnSameVolume(as: base)) != true { hold.refuse(.mountInside) }
        return hold.attach(handle, node.path.isEmpty ? .top : .inner)
    }

    /// All nodes, each before its children.
    static func nodes(from top: DirectoryNode) -> [DirectoryNode] {
        var result: [DirectoryNode] = []
        var waiting = [top]
        while let node = waiting.popLast() {
            node.placeEmptyDirectories()
            result.append(node)
            waiting.append(contentsOf: node.children.reversed())
        }
        return result
    }
}

extension Monitor where Value == Scanner.QueueState {
    /// A directory to read; `nil` once all have been read, or one could not be.
    fileprivate func next() -> DirectoryNode? {
        let next: DirectoryNode?? = waitFor { queue in
            if queue.failure != nil { return .some(nil) }
            if let node = queue.waiting.popLast() {
                queue.busy += 1
                return node
            }
            return queue.busy == 0 ? .some(nil) : nil
        }
        return next ?? nil
    }

    fileprivate func finish(_ node: DirectoryNode, _ result: Result<Void, any Error>) {
        withLock { queue in
            queue.busy -= 1
            switch result {
            case .success: queue.waiting.append(contentsOf: node.children)
            case .failure(let error): queue.failure = queue.failure ?? error
            }
        }
        wakeAll()
    }
}
