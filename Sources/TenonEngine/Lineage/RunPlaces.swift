import TenonCore
import TenonFormat
import TenonStore

/// Where runs wrote directories and read single files, by path: a run that read `data/a.csv` depends on the run that made `data`, though their records
/// name different content.
struct RunPlaces {
    private struct Made {
        var directory: Pointer
        var path: RelativePath
        var finished: UInt64
    }

    private struct Read {
        var oid: OID
        var path: RelativePath
        var run: RunID
    }

    private let store: Store
    private var made: [Made] = []
    private var read: [Read] = []

    /// So many records are looked at, the latest.
    private static let maximumCount = 20_000

    /// - Parameter isForward: to know who read files; else who made directories.
    init(_ store: Store, isForward: Bool) throws {
        self.store = store
        let ids = try store.records(kind: isForward ? .file : .tree, role: isForward ? .input : .subject, type: RunRecord.predicateType)
        for id in ids.suffix(RunPlaces.maximumCount) {
            // What can't be read tells nothing; whoever follows the record itself says so.
            guard let run = try? store.run(id) else { continue }
            for output in run.outputs where output.pointer.kind == .tree {
                guard let path = try? RelativePath(bytes: output.path) else { continue }
                made.append(Made(directory: output.pointer, path: path, finished: run.finished))
            }
            for input in run.definition.inputs where input.pointer.kind == .file {
                if let path = try? RelativePath(bytes: input.path) { read.append(Read(oid: input.pointer.oid, path: path, run: id)) }
            }
        }
    }

    /// The directory that a run had made last by `time`, in which this file lay at `path`, and where it was.
    func directory(holding oid: OID, at path: RelativePath, by time: UInt64) throws -> (Pointer, RelativePath)? {
        let found = try made.filter { $0.finished <= time && path.relative(to: $0.path) != nil }.sorted { $0.finished > $1.finished }
            .first { try contains($0.directory, oid, path.relative(to: $0.path)) }
        return found.map { ($0.directory, $0.path) }
    }

    /// The runs that read a file of this directory while it lay at `path`.
    func readers(ofFilesIn directory: Pointer, at path: RelativePath) throws -> [RunID] {
        try read.filter { try contains(directory, $0.oid, $0.path.relative(to: path)) }.map(\.run)
    }

    /// Whether the file at `path` in the directory has these bytes. Of one whose manifest is not here nothing is known.
    private func contains(_ directory: Pointer, _ oid: OID, _ path: RelativePath?) throws -> Bool {
        guard let path, store.isStored(directory) else { return false }
        var isFound = false
        do {
            try store.entries(of: directory, under: path) { entry in
                if entry.isFile, entry.oid == oid.digest, entry.path.elementsEqual(path.bytes) { isFound = true }
            }
        } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent || error.code == .notFound {
            return false
        }
        return isFound
    }
}
