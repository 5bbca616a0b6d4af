import TenonCore
import TenonFormat

/// `repositories/<id>`: lines `key SP value`, in one order, ended by the SHA-256 of all before it.
///
/// ```
/// tenon-repository 1
/// path 2f776f726b…                   (bytes of the path in hexadecimal; the latest first)
/// root tree sha256:… sha256:…        (kind, oid; manifest of a tree; in byte order)
/// end sha256:…
/// ```
enum RepositoryFile {
    private static let firstLine = "tenon-repository 1"
    /// Longer files are refused.
    static let maximumLength = 256 << 20

    static func bytes(of record: RepositoryRecord) -> [UInt8] {
        var text = firstLine + "\n"
        for path in record.paths { text += "path \(hex(path))\n" }
        for line in Set(record.roots.map(line)).sorted() { text += line + "\n" }
        let end = "end sha256:\(checksum(Array(text.utf8)).hex)\n"
        return Array((text + end).utf8)
    }

    /// Throws `unsupportedVersion` for a file that a newer Tenon wrote, `corrupt` for anything else that is not right.
    static func parse(_ bytes: [UInt8], id: String) throws(TenonError) -> RepositoryRecord {
        func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "the record of repository '\(id)' is damaged", cause: cause) }
        guard bytes.last == 0x0A, let lastBreak = bytes.dropLast().lastIndex(of: 0x0A) else { throw damaged("it is cut short") }
        let body = bytes[...lastBreak]
        var lines = body.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }[...]
        guard let first = lines.popFirst(), first.hasPrefix("tenon-repository ") else { throw damaged("it does not begin as one") }
        guard first == firstLine else {
            throw TenonError(
                .unsupportedVersion, "the record of repository '\(id)' was written by a newer Tenon", hint: "install a newer Tenon")
        }
        let end = String(decoding: bytes[(lastBreak + 1)...].dropLast(), as: UTF8.self)
        guard end == "end sha256:\(checksum(Array(body)).hex)" else { throw damaged("its SHA-256 does not match") }
        var record = RepositoryRecord(id: id, paths: [])
        for line in lines {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            switch words.first {
            case "path" where words.count == 2:
                guard let path = unhex(words[1]) else { throw damaged("a path is not hexadecimal") }
                record.paths.append(path)
            case "root" where words.count >= 3:
                guard let kind = ArtifactKind(rawValue: String(words[1])), let oid = OID(text: words[2]),
                    words.count == (kind == .tree ? 4 : 3)
                else { throw damaged("a root is not possible") }
                let manifest = kind == .tree ? NodeID(text: words[3]) : nil
                guard (manifest != nil) == (kind == .tree) else { throw damaged("a root is not possible") }
                record.roots.append(RepositoryRoot(kind: kind, oid: oid, manifest: manifest))
            default:
                throw TenonError(
                    .unsupportedVersion, "the record of repository '\(id)' was written by a newer Tenon",
                    cause: "it has a line '\(displayName(line.utf8))'", hint: "install a newer Tenon")
            }
        }
        return record
    }

    /// Whether `id` may name a file: 1–64 of `a`–`z`, `0`–`9` and `-`.
    static func isGoodID(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
    }

    private static func line(_ root: RepositoryRoot) -> String {
        "root \(root.kind.rawValue) \(root.oid)" + (root.manifest.map { " \($0)" } ?? "")
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }

    private static func unhex(_ text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard !digits.isEmpty, digits.count % 2 == 0 else { return nil }
        var result: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Character(Unicode.Scalar(digits[index])).hexDigitValue,
                let low = Character(Unicode.Scalar(digits[index + 1])).hexDigitValue
            else { return nil }
            result.append(UInt8(high << 4 | low))
        }
        return result
    }

    private static func checksum(_ bytes: [UInt8]) -> Digest {
        SHA256Hasher.hash(bytes)
    }
}
