import TenonCore

/// The lines of a small text on a remote: printable ASCII, each ended by LF, the first one telling kind and version.
struct RemoteLines {
    private let what: String
    private var rest: ArraySlice<UInt8>

    /// Throws `corrupt` if `bytes` are no such text, `unsupportedVersion` for another version of it.
    init(parsing bytes: [UInt8], firstLine: String, what: String, limit: Int) throws(TenonError) {
        self.what = what
        rest = bytes[...]
        guard bytes.count <= limit, bytes.last == UInt8(ascii: "\n"), bytes.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x0A }) else {
            throw damaged("it is too long, cut short, or no text")
        }
        let first = next() ?? ""
        guard first != firstLine else { return }
        if let space = firstLine.lastIndex(of: " "), first.hasPrefix(firstLine[...space]) {
            throw TenonError(
                .unsupportedVersion, "\(what) on the remote can't be read", cause: "a newer Tenon wrote it", hint: "install that version")
        }
        throw damaged("it begins with something else")
    }

    /// The next line without its end; `nil` after the last.
    mutating func next() -> String? {
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    /// The value of the next line, which must have this key.
    mutating func take(_ key: String) throws(TenonError) -> String {
        guard let line = next(), line.hasPrefix(key + " ") else { throw damaged("its line '\(key)' is missing") }
        return String(line.dropFirst(key.utf8.count + 1))
    }

    func damaged(_ cause: String) -> TenonError {
        TenonError(.corrupt, "\(what) on the remote is damaged", cause: cause)
    }

    /// The 64 hexadecimal digits that make up the rest of a line.
    static func identifier(_ line: String, after prefix: String) -> Digest? {
        guard line.hasPrefix(prefix), line.utf8.count == prefix.utf8.count + 64 else { return nil }
        return Digest(hex: line.dropFirst(prefix.count))
    }
}
