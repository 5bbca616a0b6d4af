/// The kind of file system that a path lies on, as the list of mounts names it.
package struct VolumeKind: Sendable, Hashable {
    package var name: String

    /// Whether other machines, or a program, may change files there without this system's notice.
    package var isShared: Bool {
        name.hasPrefix("nfs") || name.hasPrefix("fuse")
            || ["cifs", "smb3", "smbfs", "lustre", "gpfs", "ceph", "9p", "virtiofs", "afs", "ocfs2", "coda", "beegfs"].contains(name)
    }

    /// `nil` where the path, or the list of mounts, can't be read.
    init?(of path: String) {
        guard let path = realPath(path), let mounts = contents(of: "/proc/self/mountinfo", limit: 16 << 20) else { return nil }
        self.init(of: path, mounts: String(decoding: mounts, as: UTF8.self))
    }

    /// The last of the longest mount points above `path`: a mount may lie over another.
    ///
    /// - Parameter mounts: the text of `/proc/self/mountinfo`, see proc(5): the fifth word is the mount point, the first behind ` - ` the kind.
    init?(of path: String, mounts: String) {
        var longest = -1
        var found: String?
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 5, let dash = words.firstIndex(of: "-"), words.indices.contains(dash + 1) else { continue }
            let point = VolumeKind.unescaped(words[4])
            guard point == "/" || path == point || path.hasPrefix(point + "/"), point.utf8.count >= longest else { continue }
            longest = point.utf8.count
            found = String(words[dash + 1])
        }
        guard let found else { return nil }
        name = found
    }

    /// A blank in a mount point is `\040`.
    private static func unescaped(_ word: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(word.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
