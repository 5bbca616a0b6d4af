import TenonCore

/// The lines `key SP value` of a pointer or record, taken one after the other; there is exactly one way to write each.
struct RecordLines {
    struct Line {
        let key: String
        let value: String
    }

    private var rest: ArraySlice<Line>
    /// What is read, for errors: `pointer`.
    let what: String

    /// Splits `bytes`: ASCII, every line ended by LF, none empty, one space between key and value.
    init(parsing bytes: [UInt8], what: String, maximumLength: Int) throws {
        self.what = what
        func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "the \(what) is damaged", cause: cause) }
        guard !bytes.isEmpty else { throw damaged("it is empty") }
        guard bytes.count <= maximumLength else { throw damaged("it is longer than \(maximumLength) bytes") }
        guard bytes.last == 0x0A else { throw damaged("its last line does not end with a line feed") }
        if bytes.contains(0x0D) { throw damaged("it holds a carriage return") }
        guard bytes.allSatisfy({ $0 == 0x0A || (0x20...0x7E).contains($0) }) else { throw damaged("it holds bytes that are not printable ASCII") }
        var lines: [Line] = []
        for line in bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false) {
            guard let space = line.firstIndex(of: 0x20), space > line.startIndex, space + 1 < line.endIndex else {
                throw damaged("line \(lines.count + 1) is not a key, a space and a value")
            }
            let value = line[(space + 1)...]
            guard !value.contains(0x20) else { throw damaged("line \(lines.count + 1) has more than one space") }
            lines.append(Line(key: String(decoding: line[..<space], as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
        }
        rest = lines[...]
    }

    /// The next line, not taken.
    var next: Line? { rest.first }

    func damaged(_ cause: String) -> TenonError { TenonError(.corrupt, "the \(what) is damaged", cause: cause) }

    func newer(_ cause: String) -> TenonError {
        TenonError(.unsupportedVersion, "the \(what) was written by a newer Tenon", cause: cause, hint: "install a newer Tenon")
    }

    /// Takes the first line, which must be `name 1`.
    mutating func takeFirstLine(_ name: String) throws {
        guard let line = rest.popFirst(), line.key == name else {
            throw TenonError(.corrupt, "this is not a \(what)", cause: "its first line is not '\(name) 1'")
        }
        guard line.value == "1" else { throw newer("its first line is '\(displayName("\(line.key) \(line.value)".utf8))'") }
    }

    /// Takes the value of the next line if its key is `key`.
    mutating func takeOptional(_ key: String) -> String? {
        guard let line = rest.first, line.key == key else { return nil }
        rest.removeFirst()
        return line.value
    }

    /// Takes the value of the next line, whose key must be `key`; any of `known` keys elsewhere is out of place, others are of a newer Tenon.
    mutating func take(_ key: String, known: Set<String>) throws -> String {
        if let value = takeOptional(key) { return value }
        throw unexpected(known: known, expected: "a line '\(key)' is missing")
    }

    /// Throws unless all lines have been taken.
    func finish(known: Set<String>) throws {
        if rest.first != nil { throw unexpected(known: known, expected: "") }
    }

    private func unexpected(known: Set<String>, expected: String) -> TenonError {
        guard let line = rest.first else { return damaged(expected) }
        let isKnown = known.contains(line.key) || line.key.hasPrefix("x-")
        return isKnown ? damaged("the line '\(line.key)' is out of place") : newer("it has a line '\(displayName(line.key.utf8))'")
    }

    /// Decimal, no sign, no leading zero, at most 2^63 − 1.
    func number(_ text: String, of key: String) throws -> UInt64 {
        let digits = text.utf8
        guard !digits.isEmpty, digits.count <= 19, digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.count == 1 || digits.first != 0x30,
            let value = UInt64(text), value <= UInt64(Int64.max)
        else { throw damaged("the line '\(key)' is not a number from 0 to 2^63 − 1 without leading zeros") }
        return value
    }

    /// `sha256:` and 64 lowercase hexadecimal digits.
    func identifier<Identifier: DigestIdentifier>(_ text: String, of key: String, as type: Identifier.Type) throws -> Identifier {
        guard let value = Identifier(text: text) else { throw damaged("the line '\(key)' is not 'sha256:' and 64 lowercase hexadecimal digits") }
        return value
    }
}
