import TenonCore

/// The small text that Git tracks in an artifact's place.
package struct Pointer: Hashable, Sendable {
    /// An `x-` line, which others may add; ignored, but kept while the content stays.
    package struct Extension: Hashable, Sendable {
        package let key: String
        package let value: String

        /// `nil` unless `key` is `x-` and 1–32 of `a`–`z`, `0`–`9`, `-`, and `value` is 1–200 characters 0x21–0x7e.
        package init?(key: String, value: String) {
            let name = key.utf8.dropFirst(2)
            guard key.hasPrefix("x-"), (1...32).contains(name.count),
                name.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }),
                (1...200).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { return nil }
            self.key = key
            self.value = value
        }
    }

    package let kind: ArtifactKind
    package let oid: OID
    /// Bytes of all regular files.
    package let size: UInt64
    /// Number of regular files; of a tree only.
    package let files: UInt64?
    /// Root of the manifest; of a tree only.
    package let manifest: NodeID?
    /// Of a file only.
    package let executable: Bool
    /// The record of the run that first made these bytes.
    package var run: RunID?
    /// In byte order of their keys, each key once.
    package private(set) var extensions: [Extension] = []

    /// The longest pointer, in bytes.
    package static let maximumLength = 1024
    /// What a pointer file's name has after the artifact's.
    package static let suffix = ".tenon"
    private static let firstKey = "tenon"
    private static let keys: Set<String> = ["tenon", "kind", "oid", "size", "files", "manifest", "mode", "run"]

    /// The pointer of a file. `size` must be at most 2^63 − 1.
    package static func file(oid: OID, size: UInt64, executable: Bool = false, run: RunID? = nil) -> Pointer {
        precondition(size <= UInt64(Int64.max))
        return Pointer(kind: .file, oid: oid, size: size, files: nil, manifest: nil, executable: executable, run: run)
    }

    /// The pointer of a directory. `size` and `files` must be at most 2^63 − 1.
    package static func tree(oid: OID, size: UInt64, files: UInt64, manifest: NodeID, run: RunID? = nil) -> Pointer {
        precondition(size <= UInt64(Int64.max) && files <= UInt64(Int64.max))
        return Pointer(kind: .tree, oid: oid, size: size, files: files, manifest: manifest, executable: false, run: run)
    }

    private init(kind: ArtifactKind, oid: OID, size: UInt64, files: UInt64?, manifest: NodeID?, executable: Bool, run: RunID?) {
        self.kind = kind
        self.oid = oid
        self.size = size
        self.files = files
        self.manifest = manifest
        self.executable = executable
        self.run = run
    }

    /// Reads a pointer. Throws `unsupportedVersion` for one that a newer Tenon wrote, `corrupt` for anything else that is not the one valid
    /// encoding of a pointer.
    package init(parsing bytes: [UInt8]) throws {
        var lines = try RecordLines(parsing: bytes, what: "pointer", maximumLength: Pointer.maximumLength)
        try lines.takeFirstLine(Pointer.firstKey)
        try self.init(taking: &lines)
        try lines.finish(known: Pointer.keys)
    }

    /// Reads the lines of a pointer after its first.
    init(taking lines: inout RecordLines) throws {
        let kindText = try lines.take("kind", known: Pointer.keys)
        guard let kind = ArtifactKind(rawValue: kindText) else { throw lines.newer("it is of the kind '\(displayName(kindText.utf8))'") }
        self.kind = kind
        oid = try lines.identifier(try lines.take("oid", known: Pointer.keys), of: "oid", as: OID.self)
        size = try lines.number(try lines.take("size", known: Pointer.keys), of: "size")
        switch kind {
        case .tree:
            files = try lines.number(try lines.take("files", known: Pointer.keys), of: "files")
            manifest = try lines.identifier(try lines.take("manifest", known: Pointer.keys), of: "manifest", as: NodeID.self)
            executable = false
        case .file:
            files = nil
            manifest = nil
            let mode = lines.takeOptional("mode")
            if let mode, mode != "executable" { throw lines.newer("it has the mode '\(displayName(mode.utf8))'") }
            executable = mode != nil
        }
        run = try lines.takeOptional("run").map { try lines.identifier($0, of: "run", as: RunID.self) }
        while let line = lines.next, line.key.hasPrefix("x-") {
            guard let found = Extension(key: line.key, value: line.value) else { throw lines.damaged("the line '\(line.key)' is not allowed") }
            if let last = extensions.last, !last.key.utf8.lexicographicallyPrecedes(found.key.utf8) {
                throw lines.damaged("the line '\(line.key)' is out of place")
            }
            extensions.append(found)
            _ = lines.takeOptional(line.key)
        }
    }

    /// The one valid encoding.
    package var bytes: [UInt8] { Array("\(Pointer.firstKey) 1\n".utf8) + lines }

    /// Everything after the first line.
    var lines: [UInt8] {
        var text = contentLines
        if let run { text += "run \(run)\n" }
        for line in extensions { text += "\(line.key) \(line.value)\n" }
        return Array(text.utf8)
    }

    /// The lines that are a function of content alone.
    private var contentLines: String {
        var text = "kind \(kind.rawValue)\noid \(oid)\nsize \(size)\n"
        if let files { text += "files \(files)\n" }
        if let manifest { text += "manifest \(manifest)\n" }
        if executable { text += "mode executable\n" }
        return text
    }

    /// The same without `run` and `x-` lines: a function of content alone.
    package var withoutAnnotations: Pointer {
        Pointer(kind: kind, oid: oid, size: size, files: files, manifest: manifest, executable: executable, run: nil)
    }

    /// Whether both name the same content; `run` and `x-` lines don't matter.
    package func sameContent(as other: Pointer) -> Bool {
        withoutAnnotations == other.withoutAnnotations
    }

    /// Adds or replaces an `x-` line. Throws `invalidArgument` if the pointer would be longer than it may be.
    package mutating func set(_ line: Extension) throws {
        var changed = self
        changed.extensions.removeAll { $0.key == line.key }
        let index = changed.extensions.firstIndex { line.key.utf8.lexicographicallyPrecedes($0.key.utf8) } ?? changed.extensions.endIndex
        changed.extensions.insert(line, at: index)
        guard changed.bytes.count <= Pointer.maximumLength else {
            throw TenonError(
                .invalidArgument, "'\(line.key)' can't be added to the pointer", cause: "it would be longer than \(Pointer.maximumLength) bytes")
        }
        self = changed
    }
}
