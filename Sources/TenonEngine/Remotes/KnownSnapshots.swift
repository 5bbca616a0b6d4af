import Glibc
import TenonCore
import TenonFormat
import TenonStore

/// Which snapshots a remote was last seen to have, on this machine's disk. It saves questions and serves while a remote is away; it proves nothing, and
/// may be lost.
///
/// A first line, then 33 bytes for each: 0 for a file or 1 for a tree, and its id.
struct KnownSnapshots: Sendable {
    private let directory: String
    private let path: String
    private let fileSystem: FileSystem

    private static let firstLine = Array("tenon known 1\n".utf8)
    private static let recordLength = 1 + Digest.byteCount
    private static let maximumLength = 64 << 20

    init(store: Store, remoteID: String) {
        directory = "\(store.home)/remotes"
        path = "\(directory)/\(remoteID).snapshots"
        fileSystem = store.options.fileSystem
    }

    /// Tells one state of the file from another; it is written anew each time.
    struct Stamp: Equatable, Sendable {
        var inode: UInt64 = 0
        var size: Int64 = 0
        var seconds = 0
        var nanoseconds = 0
    }

    /// Of the file as it is now; the same for all times at which there is none.
    func stamp() -> Stamp {
        var status = stat()
        guard stat(path, &status) == 0 else { return Stamp() }
        return Stamp(inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    /// All that are known; none where the file can't be read.
    func load() -> Set<Locator.Subject> {
        guard let bytes = try? fileSystem.contents(of: path, limit: KnownSnapshots.maximumLength), bytes.starts(with: KnownSnapshots.firstLine)
        else { return [] }
        var known: Set<Locator.Subject> = []
        for start in stride(from: KnownSnapshots.firstLine.count, to: bytes.count, by: KnownSnapshots.recordLength) {
            let record = bytes[start..<min(start + KnownSnapshots.recordLength, bytes.count)]
            guard let kind = record.first, kind <= 1, let id = Digest(bytes: record.dropFirst()) else { return known }
            known.insert(Locator.Subject(kind: kind == 0 ? .file : .tree, id: id))
        }
        return known
    }

    /// Notes what was seen, and what was looked for in vain. A full disk is no reason to fail.
    func update(present: Set<Locator.Subject>, absent: Set<Locator.Subject>) {
        if present.isEmpty && absent.isEmpty { return }
        let before = load()
        let known = before.union(present).subtracting(absent)
        if known == before { return }
        var bytes = KnownSnapshots.firstLine
        for subject in known {
            bytes.append(subject.kind == .file ? 0 : 1)
            subject.id.append(to: &bytes)
        }
        try? fileSystem.makeDirectory(directory)
        try? fileSystem.replace(path, with: bytes)
    }
}
