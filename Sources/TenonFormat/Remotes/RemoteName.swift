import TenonCore

/// The names of a remote's objects (docs/format.md, Remotes).
package enum RemoteName {
    /// The text that says that Tenon keeps data here.
    package static let description = "tenon"
    package static let packs = "packs/"
    package static let indexes = "index/"
    package static let locators = "snapshots/"
    package static let allRecords = "records/"
    package static let allRoots = "roots/"
    package static let leases = "leases/"
    package static let sweeps = "sweep/"
    /// Held by the sweep that is under way.
    package static let sweepLock = "sweep/lock"

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

    /// What the names of a repository's roots begin with.
    package static func roots(of repository: String) -> String {
        "\(allRoots)\(repository)/"
    }

    /// A statement of what a repository needs, by the SHA-256 of the object.
    package static func roots(_ id: Digest, of repository: String) -> String {
        "\(roots(of: repository))\(id.hex).roots"
    }

    /// The repository and the id in the name of roots; `nil` for another name.
    package static func roots(_ name: String) -> (repository: String, id: Digest)? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let id = identifier(in: String(parts[2]), after: "", before: ".roots") else { return nil }
        let repository = String(parts[1])
        return isIdentifier(repository) && roots(id, of: repository) == name ? (repository, id) : nil
    }

    /// A lease: 32 hexadecimal digits that its holder drew, and how often it was renewed.
    package static func lease(_ holder: String, _ number: Int) -> String {
        "\(leases)\(holder).\(number)"
    }

    /// The holder and the number in the name of a lease; `nil` for another name.
    package static func lease(_ name: String) -> (holder: String, number: Int)? {
        let parts = name.dropFirst(leases.count).split(separator: ".", omittingEmptySubsequences: false)
        guard name.hasPrefix(leases), parts.count == 2, isIdentifier(String(parts[0])), let number = Int(parts[1]), number >= 0,
            lease(String(parts[0]), number) == name
        else { return nil }
        return (String(parts[0]), number)
    }

    /// A list of objects that are to go, or once `isSwept`, that go or are gone.
    package static func condemned(_ id: Digest, isSwept: Bool) -> String {
        "\(sweeps)\(id.hex).\(isSwept ? "swept" : "condemned")"
    }

    /// The list in a name, and whether it is swept; `nil` for another name.
    package static func condemned(_ name: String) -> (id: Digest, isSwept: Bool)? {
        if let id = identifier(in: name, after: sweeps, before: ".condemned") { return (id, false) }
        return identifier(in: name, after: sweeps, before: ".swept").map { ($0, true) }
    }

    /// Whether `text` is 32 lowercase hexadecimal digits.
    package static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == 32 && Digest(hex: (text + text)[...]) != nil
    }

    /// 32 hexadecimal digits, drawn at random.
    package static func newIdentifier() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
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
