import Glibc
import TenonCore

/// A hook file, or the place of one, as it lies on disk.
package struct HookFile: Sendable, Hashable {
    package enum Kind: Sendable { case absent, file, link, other }

    /// Absolute path.
    package var path: String
    package var kind: Kind
    /// What a reader of the path gets; empty where that is nothing.
    package var bytes: [UInt8]
    /// Whether Git would run it.
    package var isExecutable: Bool

    package init(path: String, kind: Kind = .absent, bytes: [UInt8] = [], isExecutable: Bool = false) {
        self.path = path
        self.kind = kind
        self.bytes = bytes
        self.isExecutable = isExecutable
    }

    /// No hook is longer than this; of one that is, nothing is known but that it is someone else's.
    private static let limit = 1 << 20

    static func read(_ path: String) -> HookFile {
        var status = stat()
        guard lstat(path, &status) == 0 else { return HookFile(path: path) }
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFLNK: .link
            default: .other
            }
        // What is not a regular file in the end, a pipe say, must not be waited for.
        let isReadable = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        return HookFile(
            path: path, kind: kind, bytes: isReadable ? contents(of: path, limit: limit) ?? [] : [], isExecutable: access(path, X_OK) == 0)
    }

    package var exists: Bool { kind != .absent }
    /// `nil` where there is no file.
    package var author: HookAuthor? { exists ? HookAuthor(of: bytes) : nil }
    package var isOurs: Bool { kind == .file && author == .tenon }
    package var isForeign: Bool { exists && !isOurs }
}
