import TenonCore
import TenonFormat

extension Store {
    /// Stores what lies at `place` now. When it returns, the snapshot is durable.
    ///
    /// Each file is read at most once, and not at all if the stat cache vouches for it and its bytes are stored. Throws `notFound` if nothing lies
    /// there, `changedWhileReading` for a file that does not keep still, `noSpace`, `cancelled`; what was stored until then is reused later.
    package func ingest(_ place: ArtifactPlace, compression: CompressionChoice, progress: ProgressSink) throws -> IngestResult {
        try Store.retryingLost {
            try Store.retryingVanished {
                guard let tree = try scan(place, progress) else {
                    throw TenonError(.notFound, "can't add '\(place.path)'", cause: "nothing lies there")
                }
                let result = try ingest(tree, compression: compression, progress: progress)
                remember(tree, at: place)
                return result
            }
        }
    }

    /// Whether all bytes that `pointer` names are stored.
    package func isStored(_ pointer: Pointer) -> Bool {
        do {
            return try hasContent(pointer)
        } catch {
            log.warning("whether content is stored can't be told", metadata: ["oid": "\(pointer.oid)", "reason": "\(error)"])
            return false
        }
    }

    /// Stores a tree that was scanned, and gives its items their oids.
    ///
    /// `savedState` makes the record to commit together with the snapshot; without one, content that is stored already is not written again.
    func ingest(
        _ tree: ArtifactTree, compression: CompressionChoice, progress: ProgressSink, savedState: ((Pointer) throws -> SavedStateRecord)? = nil
    ) throws -> IngestResult {
        let unknown = tree.unknownFiles()
        if unknown.isEmpty, savedState == nil {
            let content = try content(of: tree)
            if let pointer = content.pointer, isStored(pointer) { return IngestResult(content: content) }
        }
        let session = try beginWrite()
        do {
            let files = try filesToRead(tree, session, progress)
            progress.expect(bytes: files.reduce(0) { $0 + tree.item($1).stamp.size }, files: UInt64(files.count))
            let metadata = MetadataWriter(store: self, session: session, choice: compression, progress: progress)
            let pipeline = IngestPipeline(tree: tree, session: session, metadata: metadata, choice: compression, progress: progress)
            let counts = try pipeline.run(files)
            let content = try tree.content { try metadata.add(node: $0, $1) }
            try metadata.flush()
            try progress.check()
            guard let pointer = content.pointer else {
                throw TenonError(.invalidArgument, "the artifact is too large", cause: "it has more than 2^63 − 1 bytes")
            }
            var result = IngestResult(content: content, readBytes: counts.readBytes, newBytes: counts.newBytes)
            if savedState == nil, counts.newBytes == 0, session.storedBytes == 0, isStored(pointer) {
                session.abort()
            } else {
                let records = try savedState.map { [try $0(pointer)] } ?? []
                result.storedBytes = try session.commit([SnapshotRow(content: pointer, time: options.now())], savedStates: records).storedBytes
            }
            MemoryTuning.trim()
            return result
        } catch {
            session.abort()
            throw error
        }
    }

    private func filesToRead(_ tree: ArtifactTree, _ session: PackSession, _ progress: ProgressSink) throws -> [ArtifactTree.FileReference] {
        let check = StoredContentCheck(store: self, session: session, progress: progress)
        return try tree.files().filter { file in
            let item = tree.item(file)
            return try !(item.isKnown && check.isStored(OID(item.oid), size: item.stamp.size))
        }
    }

    private static let commitAttempts = 3

    /// Runs `body` again when bytes that it relied on were lost before its commit.
    static func retryingLost<Result>(_ body: () throws -> Result) throws -> Result {
        for _ in 1..<commitAttempts {
            do {
                return try body()
            } catch is PackSession.ReuseLost {}
        }
        do {
            return try body()
        } catch is PackSession.ReuseLost {
            throw TenonError(.corrupt, "packs of the store disappear while they are in use", hint: "run 'tenon fsck'")
        }
    }
}
