import TenonCore

/// One statement of a clone on a remote: snapshots that it needs there. What any such object names is alive (docs/format.md, Remotes).
package struct RemoteRoots: Equatable, Sendable {
    /// 32 hexadecimal digits: the repository's id, which names the directory that the object lies in.
    package let repository: String
    /// Who speaks, for people: 1 to 128 visible ASCII characters or spaces.
    package let writer: String
    /// 32 hexadecimal digits, drawn at random: the same statement made twice is two objects, so that removing the first can't remove the second.
    package let nonce: String
    package let subjects: Set<Locator.Subject>

    /// Readers refuse a longer one.
    package static let maximumLength = 64 << 20
    package static let maximumWriterLength = 128
    /// Writers name at most so many in one object.
    package static let maximumCount = 900_000

    private static let firstLine = "tenon-roots 1"

    /// Characters of `writer` that are refused become `?`.
    package init(repository: String, writer: String, nonce: String, subjects: Set<Locator.Subject>) {
        self.repository = repository
        let shown = writer.utf8.prefix(RemoteRoots.maximumWriterLength).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        self.writer = shown.isEmpty ? "?" : String(decoding: shown, as: UTF8.self)
        self.nonce = nonce
        self.subjects = subjects
    }

    /// The one valid encoding.
    package var bytes: [UInt8] {
        var bytes = Array("\(RemoteRoots.firstLine)\nrepository \(repository)\nwriter \(writer)\nnonce \(nonce)\n".utf8)
        bytes.reserveCapacity(bytes.count + subjects.count * 70)
        for kind in [ArtifactKind.file, .tree] {
            for subject in subjects.filter({ $0.kind == kind }).sorted(by: { $0.id < $1.id }) {
                bytes += Array("\(kind.rawValue) \(subject.id.hex)\n".utf8)
            }
        }
        return bytes
    }

    /// Throws `corrupt` for what is no such object, `unsupportedVersion` if a newer Tenon wrote it.
    package init(parsing bytes: [UInt8]) throws(TenonError) {
        var lines = try RemoteLines(parsing: bytes, firstLine: RemoteRoots.firstLine, what: "a list of roots", limit: RemoteRoots.maximumLength)
        repository = try lines.take("repository")
        writer = try lines.take("writer")
        nonce = try lines.take("nonce")
        guard RemoteName.isIdentifier(repository), RemoteName.isIdentifier(nonce), (1...RemoteRoots.maximumWriterLength).contains(writer.utf8.count)
        else { throw lines.damaged("it does not say whose it is") }
        var subjects: Set<Locator.Subject> = []
        var last: Locator.Subject?
        while let line = lines.next() {
            let subject: Locator.Subject
            if let id = RemoteLines.identifier(line, after: "file ") {
                subject = Locator.Subject(kind: .file, id: id)
            } else if let id = RemoteLines.identifier(line, after: "tree ") {
                subject = Locator.Subject(kind: .tree, id: id)
            } else {
                throw lines.damaged("a line of it names no snapshot")
            }
            if let last, !last.precedes(subject) { throw lines.damaged("its lines are out of order") }
            last = subject
            subjects.insert(subject)
        }
        self.subjects = subjects
    }
}

extension Locator.Subject {
    /// Files before trees, then by id.
    func precedes(_ other: Locator.Subject) -> Bool {
        kind == other.kind ? id < other.id : kind == .file
    }
}
