import TenonCore

/// The names of a remote's objects (docs/format.md, Remotes).
package enum RemoteName {
    /// The text that says that Tenon keeps data here.
    package static let description = "tenon"
    package static let packs = "packs/"
    package static let indexes = "index/"
    package static let locators = "snapshots/"

    package static func pack(_ id: PackID) -> String {
        "\(packs)\(id.digest.hex.prefix(2))/\(id.digest.hex).pack"
    }

    package static func index(_ id: Digest) -> String {
        "\(indexes)\(id.hex).index"
    }

    package static func locator(_ subject: Locator.Subject) -> String {
        "\(locators)\(subject.id.hex.prefix(2))/\(subject.kind == .file ? "file" : "tree")-\(subject.id.hex).locator"
    }

    /// The pack in the name of one; `nil` for another name.
    package static func packID(_ name: String) -> PackID? {
        guard let slash = name.lastIndex(of: "/"), let digest = identifier(in: String(name[name.index(after: slash)...]), after: "", before: ".pack")
        else { return nil }
        let id = PackID(digest)
        return pack(id) == name ? id : nil
    }

    /// The id in the name of an index; `nil` for another name.
    package static func indexID(_ name: String) -> Digest? {
        identifier(in: name, after: indexes, before: ".index")
    }

    /// The snapshot in the name of a locator; `nil` for another name.
    package static func subject(_ name: String) -> Locator.Subject? {
        for (kind, word) in [(ArtifactKind.file, "file-"), (.tree, "tree-")] {
            guard let slash = name.lastIndex(of: "/"),
                let id = identifier(in: String(name[name.index(after: slash)...]), after: word, before: ".locator")
            else { continue }
            let subject = Locator.Subject(kind: kind, id: id)
            if locator(subject) == name { return subject }
        }
        return nil
    }

    private static func identifier(in name: String, after prefix: String, before suffix: String) -> Digest? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.utf8.count == prefix.utf8.count + 64 + suffix.utf8.count else { return nil }
        return Digest(hex: name.dropFirst(prefix.count).dropLast(suffix.count))
    }
}
