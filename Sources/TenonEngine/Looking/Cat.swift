import Synchronization
import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// `tenon cat`: the bytes of a file, a range of it at most. Every byte has been proved by its chunk's hash before `sink` sees it.
    ///
    /// - Parameters:
    ///   - isCancelled: asked between chunks.
    ///   - begin: called once, with the number of bytes that follow, when the first of them are there: what can't be read at all has not begun.
    ///   - sink: called on a thread of the engine, in order; it may block, and what it throws ends the reading.
    package func cat(
        _ request: CatRequest, isCancelled: @escaping @Sendable () -> Bool = { false },
        begin: @escaping @Sendable (UInt64) throws -> Void = { _ in }, sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        // Nobody hears a warning: what could not be fetched is said where something lacks.
        let reasons = Mutex<[String]>([])
        try await bringMissing(request, isCancelled: isCancelled) { reason in reasons.withLock { $0.append(reason) } }
        do {
            try await print(request, isCancelled: isCancelled, begin: begin, sink: sink)
        } catch let error as TenonError where error.code == .missingContent {
            guard let reason = reasons.withLock({ $0.first }) else { throw error }
            throw TenonError(
                .missingContent, "'\(request.path)' can't be printed", cause: "its bytes are not stored here, and \(reason)", hint: error.hint)
        }
    }

    private func print(
        _ request: CatRequest, isCancelled: @escaping @Sendable () -> Bool, begin: @escaping @Sendable (UInt64) throws -> Void,
        sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        let meter = Meter()
        try await observed(meter, isCancelled: isCancelled, progress: { _ in }) {
            try await self.blocking {
                let tree = try WorkTree(request.workTree, engine: self)
                let file = try self.file(request, tree)
                let range = try Engine.range(request, size: file.size)
                guard !range.isEmpty else { return try begin(0) }
                var hasBegun = false
                try self.store.withBytes(of: file.oid, size: file.size, range: range, progress: meter.sink) { bytes in
                    try meter.sink.check()
                    if !hasBegun { try begin(UInt64(range.count)) }
                    hasBegun = true
                    try sink(bytes)
                }
            }
        }
    }

    private func file(_ request: CatRequest, _ tree: WorkTree) throws -> (oid: OID, size: UInt64) {
        let path = try tree.artifactPath(request.path)
        let lookup = try Lookup(tree, commit: request.commit)
        guard let found = lookup.artifact(around: path) else { throw lookup.notFound(path) }
        if found.pointer.kind == .file, found.entry == nil { return (found.pointer.oid, found.pointer.size) }
        guard let entry = found.entry, found.pointer.kind == .tree else {
            throw TenonError(
                .invalidArgument, "'\(path)' can't be printed",
                cause: found.entry == nil ? "it is a directory" : "'\(found.path)' is a file", hint: "tenon ls \(found.path) lists what there is")
        }
        var match: ManifestEntry?
        var isDirectory = false
        try store.entries(of: found.pointer, under: entry) { candidate in
            if candidate.path.elementsEqual(entry.bytes) { match = candidate } else { isDirectory = true }
        }
        guard let match else {
            throw TenonError(
                isDirectory ? .invalidArgument : .notFound, "'\(path)' can't be printed",
                cause: isDirectory ? "it is a directory" : "the artifact '\(found.path)' has no such entry")
        }
        guard match.isFile else {
            throw TenonError(
                .invalidArgument, "'\(path)' can't be printed", cause: match.kind == .symlink ? "it is a symbolic link" : "it is a directory")
        }
        return (OID(match.oid), match.size)
    }

    /// The bytes that `request` asks for. Ends beyond the file are cut off, as in HTTP; a start beyond it is an error.
    static func range(_ request: CatRequest, size: UInt64) throws -> Range<UInt64> {
        switch (request.start, request.end) {
        case (nil, nil): return 0..<size
        case (nil, let last?): return (size - min(last, size))..<size
        case (let start?, let end):
            guard start <= size, end.map({ $0 >= start }) ?? true else {
                throw TenonError(.invalidArgument, "the range can't be read", cause: "the file has \(size) bytes")
            }
            return start..<max(start, min(size, end.map { $0 == .max ? $0 : $0 + 1 } ?? size))
        }
    }
}
