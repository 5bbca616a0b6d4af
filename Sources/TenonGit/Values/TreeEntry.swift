import TenonCore

/// A file's mode as trees and the index hold it.
package struct GitFileMode: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let directory = GitFileMode(rawValue: 0o040000)
    package static let file = GitFileMode(rawValue: 0o100644)
    package static let executable = GitFileMode(rawValue: 0o100755)
    package static let symlink = GitFileMode(rawValue: 0o120000)
    package static let submodule = GitFileMode(rawValue: 0o160000)

    /// A regular file, with whatever permission bits (old Git wrote 100664 as well).
    package var isFile: Bool { rawValue & 0o170000 == 0o100000 }
    package var isDirectory: Bool { rawValue & 0o170000 == 0o040000 }

    /// As Git prints it: six octal digits.
    package var text: String {
        let digits = String(rawValue, radix: 8)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}

/// An entry of a tree, with its path from the top of the tree.
package struct TreeEntry: Sendable, Hashable {
    /// The bytes as Git has them: not checked against the rules of `RelativePath`.
    package let path: [UInt8]
    package let mode: GitFileMode
    package let id: GitObjectID

    package init(path: [UInt8], mode: GitFileMode, id: GitObjectID) {
        self.path = path
        self.mode = mode
        self.id = id
    }

    /// The artifact that this entry is the pointer of; `nil` if its path is none that Tenon takes.
    package var artifactPath: RelativePath? { PointerName.artifactPath(ofPointerAt: path) }
}

/// One path that differs between two trees.
package struct TreeChange: Sendable, Hashable {
    package let path: [UInt8]
    /// `nil`: it was not there.
    package let old: TreeEntry?
    /// `nil`: it is there no more.
    package let new: TreeEntry?

    /// The artifact that the path is the pointer of; `nil` if it is none that Tenon takes.
    package var artifactPath: RelativePath? { PointerName.artifactPath(ofPointerAt: path) }
}
