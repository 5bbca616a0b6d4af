import Glibc
import TenonCore
import TenonFormat

/// An artifact's content as read-only files, written once, from which any number of work trees get theirs without a second copy.
///
/// It lies in a directory of its own: `content`, and beside it the seal, which says what stat each file had when all was written. Whoever changes a file,
/// through any of its names, changes that.
package struct Expansion {
    /// Absolute path of its directory.
    let directory: String
    let entries: [ManifestEntry]
    private let seal: ExpansionSeal

    static let contentName = "content"
    private static let sealName = "seal"

    /// Takes what lies in `directory`; `nil` if it is not whole, or not as it was written.
    init?(intactAt directory: String, entries: [ManifestEntry], isTree: Bool) {
        self.directory = directory
        self.entries = entries
        guard let bytes = try? FileSystem().contents(of: "\(directory)/\(Expansion.sealName)", limit: 1 << 30),
            let seal = ExpansionSeal(bytes: bytes),
            seal.stamps.count == entries.count(where: \.isFile)
        else { return nil }
        self.seal = seal
        guard isIntact(isTree: isTree) else { return nil }
    }

    /// Makes the files in `directory` read-only, and seals them.
    init(sealing directory: String, entries: [ManifestEntry], isTree: Bool) throws {
        self.directory = directory
        self.entries = entries
        let content = try DirectoryHandle.open(absolute: directory)
        var stamps: [FileStamp] = []
        for entry in entries where entry.isFile {
            let path = Expansion.path(of: entry, isTree: isTree)
            let mode: mode_t = entry.kind == .executable ? 0o555 : 0o444
            let text = displayName(content.fullName(path))
            try systemCall("change the mode of", text) { path.withCString { fchmodat(content.descriptor, $0, mode, 0) } }
            var information = stat()
            try systemCall("look at", text) { path.withCString { fstatat(content.descriptor, $0, &information, AT_SYMLINK_NOFOLLOW) } }
            stamps.append(FileStamp(information))
        }
        seal = ExpansionSeal(stamps: stamps)
        try FileSystem().replace("\(directory)/\(Expansion.sealName)", with: seal.bytes)
    }

    private init(moved expansion: Expansion, to directory: String) {
        self.directory = directory
        entries = expansion.entries
        seal = expansion.seal
    }

    /// The same, once its directory has another name.
    func moved(to directory: String) -> Expansion { Expansion(moved: self, to: directory) }

    /// What tells this expansion from a later one of the same content.
    package var identity: UInt64 {
        var information = stat()
        return lstat(directory, &information) == 0 ? UInt64(information.st_ino) : 0
    }

    /// Where an entry lies below the directory.
    static func path(of entry: ManifestEntry, isTree: Bool) -> [UInt8] {
        isTree ? Array(contentName.utf8) + [UInt8(ascii: "/")] + entry.path : Array(contentName.utf8)
    }

    /// Whether each file is as it was sealed.
    private func isIntact(isTree: Bool) -> Bool {
        guard let content = try? DirectoryHandle.open(absolute: directory) else { return false }
        var next = 0
        for entry in entries where entry.isFile {
            var information = stat()
            let path = Expansion.path(of: entry, isTree: isTree)
            guard path.withCString({ fstatat(content.descriptor, $0, &information, AT_SYMLINK_NOFOLLOW) }) == 0,
                information.st_mode & S_IFMT == S_IFREG, information.st_mode & 0o222 == 0,
                FileStamp(information).agreesBeyondRename(with: seal.stamps[next])
            else { return false }
            next += 1
        }
        return true
    }
}
