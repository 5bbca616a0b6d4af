import Glibc
import TenonCore
import TenonStore

/// Brings data of DVC into the work tree: what lies there is checked by its MD5, what does not is copied from the cache.
struct DVCCheckout {
    let tree: WorkTree
    let cache: DVCCache
    let sink: ProgressSink

    /// What is to be done for one output.
    struct Plan {
        struct Entry {
            var path: RelativePath
            var digest: DVCDigest
            var isExecutable: Bool
            /// Whether a link into the cache lies there, in whose place a file of its own comes.
            var isLink: Bool
        }

        var output: DVCOutput
        /// How many files lie in the work tree as DVC has recorded them.
        var kept = 0
        var missing: [Entry] = []
    }

    // MARK: Looking

    /// Compares what lies in the work tree with what is recorded. Throws `artifactState` where it differs, `missingContent` where something is neither there
    /// nor in the cache.
    func plan(_ output: DVCOutput) throws -> Plan {
        var plan = Plan(output: output)
        var absent: [String] = []
        let entries: [(path: RelativePath, digest: DVCDigest)]
        if output.isDirectory {
            let listing = try cache.listing(output)
            try refuseOthers(in: output, Set(listing.map(\.path)))
            entries = try listing.map { (try output.path.appending($0.path.bytes), $0.digest) }
        } else {
            entries = [(output.path, output.digest)]
        }
        for (path, digest) in entries {
            try sink.check()
            let entry = Plan.Entry(path: path, digest: digest, isExecutable: output.isExecutable && !output.isDirectory, isLink: false)
            switch try standing(of: entry) {
            case .kept: plan.kept += 1
            case .absent, .link:
                if cache.open(digest) == nil { absent.append("'\(path)' (\(digest))") }
                var entry = entry
                entry.isLink = try tree.files.kind(of: path) != .absent
                plan.missing.append(entry)
            }
        }
        guard absent.isEmpty else {
            let names = absent.prefix(3).joined(separator: ", ") + (absent.count > 3 ? ", …" : "")
            throw TenonError(
                .missingContent, "'\(output.path)' is not imported",
                cause: "\(absent.count == 1 ? "a file is" : "\(absent.count) files are") neither in the work tree nor in the cache: \(names)",
                hint: "'dvc fetch \(output.source)' brings them; then import again")
        }
        return plan
    }

    private enum Standing {
        case kept, absent, link
    }

    private func standing(of entry: Plan.Entry) throws -> Standing {
        let what = "'\(entry.path)' is not imported"
        switch try tree.files.kind(of: entry.path) {
        case .absent: return .absent
        case .file, .symlink: break
        case .directory: throw TenonError(.artifactState, what, cause: "a directory lies where DVC has a file")
        case .special(let kind): throw TenonError(.artifactState, what, cause: "a \(kind) lies there")
        case .blocked(let ancestor, let isSymlink):
            throw TenonError(.artifactState, what, cause: "'\(ancestor)' is \(isSymlink ? "a symbolic link" : "not a directory")")
        }
        guard let directory = try tree.files.openDirectory(entry.path.parent) else { return .absent }
        defer { close(directory) }
        // Through a link: it may lead into the cache, as DVC makes them.
        let file = uninterrupted { entry.path.lastComponent.withCPath { openat(directory, $0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) } }
        let isSymlink = try tree.files.kind(of: entry.path) == .symlink
        guard file >= 0 else {
            if isSymlink {
                throw TenonError(.artifactState, what, cause: "it is a symbolic link that leads nowhere", hint: "dvc checkout brings the data")
            }
            throw systemError("'\(entry.path)' can't be read")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw systemError("'\(entry.path)' can't be read") }
        if let cached = cache.open(entry.digest), cached.status.st_ino == status.st_ino, cached.status.st_dev == status.st_dev { return .link }
        guard !isSymlink, status.st_mode & S_IFMT == S_IFREG else {
            throw TenonError(.artifactState, what, cause: "it is a symbolic link to something else than the cache has")
        }
        var hasher = DVCHasher(isLegacy: entry.digest.isLegacy)
        try DVCCache.forEachBlock(file, entry.path.description) { block in
            try sink.check()
            hasher.update(block: block)
        }
        guard hasher.matches(entry.digest) else {
            throw TenonError(
                .artifactState, what, cause: "it has changed since DVC recorded it (\(entry.digest))",
                hint: "dvc checkout brings back what was recorded, dvc commit records what is there; then import again")
        }
        return .kept
    }

    /// Files that the listing does not have would become part of the artifact.
    private func refuseOthers(in output: DVCOutput, _ known: Set<RelativePath>) throws {
        let what = "'\(output.path)' is not imported"
        switch try tree.files.kind(of: output.path) {
        case .absent: return
        case .directory: break
        default: throw TenonError(.artifactState, what, cause: "something else than a directory lies there")
        }
        var others: [RelativePath] = []
        var count = 0
        try forEachFile(in: output.path) { path in
            guard let inner = path.relative(to: output.path), !known.contains(inner) else { return }
            count += 1
            if others.count < 3 { others.append(inner) }
        }
        guard count == 0 else {
            let names = others.map { "'\($0)'" }.joined(separator: ", ") + (count > 3 ? ", …" : "")
            throw TenonError(
                .artifactState, what, cause: "\(count == 1 ? "a file lies" : "\(count) files lie") in it that DVC has not recorded: \(names)",
                hint: "move them away, or 'dvc commit' them; then import again")
        }
    }

    private func forEachFile(in directory: RelativePath, _ body: (RelativePath) throws -> Void) throws {
        var waiting = [directory]
        while let next = waiting.popLast() {
            try sink.check()
            guard let descriptor = try tree.files.openDirectory(next) else { continue }
            guard let stream = fdopendir(descriptor) else {
                close(descriptor)
                throw systemError("'\(next)' can't be read")
            }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
                let path = try next.appending(name)
                if try tree.files.kind(of: path) == .directory { waiting.append(path) } else { try body(path) }
            }
        }
    }

    // MARK: Bringing

    /// Does what is planned, and returns how many bytes were copied. What does not get done leaves nothing where nothing was.
    func bring(_ plan: Plan) throws -> UInt64 {
        guard !plan.missing.isEmpty else { return 0 }
        let staging = try Staging(tree, beside: plan.output.path)
        var made: [RelativePath] = []
        var bytes: UInt64 = 0
        do {
            for entry in plan.missing {
                try sink.check()
                bytes += try bring(entry, plan.output, staging)
                if !entry.isLink { made.append(entry.path) }
            }
        } catch {
            for path in made { try? tree.files.remove(path) }
            removeEmptyDirectories(made, down: plan.output)
            throw error
        }
        return bytes
    }

    private func bring(_ entry: Plan.Entry, _ output: DVCOutput, _ staging: Staging) throws -> UInt64 {
        let what = "'\(output.path)' is not imported"
        guard let file = cache.open(entry.digest) else {
            throw TenonError(.missingContent, what, cause: "the cache does not have '\(entry.path)' (\(entry.digest)) any more")
        }
        let target = try staging.make(isExecutable: entry.isExecutable)
        var isPlaced = false
        defer {
            close(target)
            if !isPlaced { staging.discard() }
        }
        var hasher = DVCHasher(isLegacy: entry.digest.isLegacy)
        // FICLONE of linux/fs.h: where the file system can, both share the blocks.
        let isClone = ioctl(target, 0x4004_9409, file.descriptor) == 0
        try DVCCache.forEachBlock(isClone ? target : file.descriptor, file.path) { block in
            try sink.check()
            hasher.update(block: block)
            if !isClone { try write(block, target, entry.path) }
        }
        guard hasher.matches(entry.digest) else { throw DVCCache.damaged(what, file.path) }
        guard let directory = try tree.files.openDirectory(entry.path.parent, creating: true) else {
            throw TenonError(.conflict, what, cause: "something else lies where the directory of '\(entry.path)' should be")
        }
        defer { close(directory) }
        try staging.place(directory, entry.path)
        isPlaced = true
        return UInt64(max(0, file.status.st_size))
    }

    private func write(_ block: UnsafeRawBufferPointer, _ target: Int32, _ path: RelativePath) throws {
        var rest = block[...]
        while !rest.isEmpty {
            let count = uninterrupted { Glibc.write(target, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count) }
            guard count > 0 else { throw systemError("'\(path)' can't be written") }
            rest = rest.dropFirst(count)
        }
    }

    private func removeEmptyDirectories(_ files: [RelativePath], down output: DVCOutput) {
        guard output.isDirectory else { return }
        var directories: Set<RelativePath> = []
        for file in files {
            var next = file.parent
            while let directory = next, directory.isWithin(output.path) {
                directories.insert(directory)
                next = directory.parent
            }
        }
        for directory in directories.sorted().reversed() {
            guard let parent = try? tree.files.openDirectory(directory.parent) else { continue }
            _ = directory.lastComponent.withCPath { unlinkat(parent, $0, AT_REMOVEDIR) }
            close(parent)
        }
    }

    /// Where files are written before they are put in their places: beside the artifact, never in it.
    private final class Staging {
        private let parent: Int32
        private let directory: Int32
        private let mask: CreationMask
        private let name = "dvc.\(getpid()).\(UInt64.random(in: 0 ... .max))"

        init(_ tree: WorkTree, beside path: RelativePath) throws {
            guard let parent = try tree.files.openDirectory(path.parent, creating: true) else {
                throw TenonError(.conflict, "'\(path)' is not imported", cause: "something else lies where its directory should be")
            }
            _ = mkdirat(parent, WorkTreeFiles.temporaryDirectory, 0o700)
            let directory = openat(parent, WorkTreeFiles.temporaryDirectory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard directory >= 0 else {
                let error = StagedFile.error(errno, openingFolder: WorkTreeFiles.temporaryFolder(beside: path))
                close(parent)
                throw error
            }
            self.parent = parent
            mask = tree.mask
            self.directory = directory
        }

        deinit {
            close(directory)
            unlinkat(parent, WorkTreeFiles.temporaryDirectory, AT_REMOVEDIR)
            close(parent)
        }

        func make(isExecutable: Bool) throws -> Int32 {
            let mode = mask.mode(isExecutable ? 0o777 : 0o666)
            let file = uninterrupted { openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode) }
            guard file >= 0 else { throw systemError("a temporary file can't be made") }
            CreationMask.complete(file, mode: mode)
            return file
        }

        func discard() { unlinkat(directory, name, 0) }

        func place(_ target: Int32, _ path: RelativePath) throws {
            guard path.lastComponent.withCPath({ renameat(directory, name, target, $0) }) == 0 else {
                throw systemError("'\(path)' can't be written")
            }
        }
    }
}
