import TenonCore

/// The names of a remote's objects (docs/format.md, Remotes).
package enum RemoteName {
    /// The text that says that Tenon keeps data here.
    package static let description = "tenon"
    package static let packs = "packs/"
    package static let indexes = "index/"
    package static let locators = "snapshots/"
    package static let allRecords = "records/"

    package static func pack(_ id: PackID) -> String {
        "\(packs)\(id.digest.hex.prefix(2))/\(id.digest.hex).pack"
    }

    package static func index(_ id: Digest) -> String {
        "\(indexes)\(id.hex).index"
    }

    package static func locator(_ subject: Locator.Subject) -> String {
        "\(locators)\(subject.id.hex.prefix(2))/\(subject.kind == .file ? "file" : "tree")-\(subject.id.hex).locator"
    }

    /// A record, as one of its subjects is found by it.
    package static func record(_ id: RunID, of subject: RecordLink) -> String {
        "\(records(of: subject))\(id.digest.hex).json"
    }

    /// What the names of all records of a subject begin with.
    package static func records(of subject: RecordLink) -> String {
        "\(allRecords)\(subject.oid.digest.hex.prefix(2))/\(subject.kind.rawValue)-\(subject.oid.digest.hex)/"
    }

    /// The subject and the record in the name of a record; `nil` for another name.
    package static func record(_ name: String) -> (subject: RecordLink, id: RunID)? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        for kind in [ArtifactKind.file, .tree] {
            guard let oid = identifier(in: String(parts[2]), after: "\(kind.rawValue)-", before: ""),
                let id = identifier(in: String(parts[3]), after: "", before: ".json")
            else { continue }
            let subject = RecordLink(kind: kind, oid: OID(oid), role: .subject)
            if record(RunID(id), of: subject) == name { return (subject, RunID(id)) }
        }
        return nil
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
