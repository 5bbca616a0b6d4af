import TenonCore

/// Finds the values of a TOML text (1.0) with the places where they stand. What lies in arrays of tables has no name of its own and is passed over.
struct TOMLLeaves {
    private let bytes: [UInt8]
    private var position = 0
    private var found: [ParameterLeaf] = []

    private static let maximumDepth = 64

    static func find(_ bytes: [UInt8]) throws -> [ParameterLeaf] {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw TenonError(.invalidArgument, "it is not TOML", cause: "it is not UTF-8") }
        var leaves = TOMLLeaves(bytes: bytes)
        try leaves.document()
        return leaves.found
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func wrong(_ what: String) -> TenonError {
        TenonError(.invalidArgument, "it is not TOML", cause: "line \(1 + bytes[..<min(position, bytes.count)].count { $0 == 0x0A }): \(what)")
    }

    private mutating func skipBlanks() {
        while next == 0x20 || next == 0x09 { position += 1 }
    }

    /// Blanks, ends of lines and comments.
    private mutating func skipSpace() {
        while let byte = next {
            if byte == UInt8(ascii: "#") {
                while let byte = next, byte != 0x0A { _ = byte; position += 1 }
            } else if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func document() throws {
        // `nil` in an array of tables.
        var table: [String]? = []
        while true {
            skipSpace()
            guard let byte = next else { return }
            if byte == UInt8(ascii: "[") {
                position += 1
                let isArray = next == UInt8(ascii: "[")
                if isArray { position += 1 }
                let names = try key()
                for _ in 0..<(isArray ? 2 : 1) {
                    guard next == UInt8(ascii: "]") else { throw wrong("']' is expected") }
                    position += 1
                }
                table = isArray ? nil : names
            } else {
                try assignment(table, depth: 0)
            }
            skipBlanks()
            guard next == nil || next == 0x0A || next == 0x0D || next == UInt8(ascii: "#") else { throw wrong("the line should end here") }
        }
    }

    private mutating func assignment(_ table: [String]?, depth: Int) throws {
        let names = try key()
        guard next == UInt8(ascii: "=") else { throw wrong("'=' is expected") }
        position += 1
        skipBlanks()
        try value(table.map { $0 + names }, depth: depth)
    }

    /// A key with dots.
    private mutating func key() throws -> [String] {
        var names: [String] = []
        while true {
            skipBlanks()
            let start = position
            if let quote = next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                try skipString()
                names.append(String(decoding: bytes[(start + 1)..<(position - 1)], as: UTF8.self))
            } else {
                while let byte = next, TOMLLeaves.isBare(byte) { position += 1 }
                guard position > start else { throw wrong("a key is expected") }
                names.append(String(decoding: bytes[start..<position], as: UTF8.self))
            }
            skipBlanks()
            guard next == UInt8(ascii: ".") else { return names }
            position += 1
        }
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }

    private mutating func value(_ path: [String]?, depth: Int) throws {
        guard depth < TOMLLeaves.maximumDepth else { throw wrong("it is nested too deeply") }
        let start = position
        var kind = ParameterLeaf.Kind.other
        var isWhole = true
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            isWhole = try skipString()
            kind = .text
        case UInt8(ascii: "["):
            try skipArray(depth: depth)
            kind = .list
        case UInt8(ascii: "{"): return try inlineTable(path, depth: depth)
        default:
            while let byte = next, byte != 0x0A, byte != 0x0D, !"#,]}".utf8.contains(byte) { position += 1 }
            while position > start, bytes[position - 1] == 0x20 || bytes[position - 1] == 0x09 { position -= 1 }
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            guard !text.isEmpty else { throw wrong("a value is expected") }
            if text == "true" || text == "false" {
                kind = .flag
            } else if TypedText.isNumber(text.filter { $0 != "_" }) {
                kind = .number
            }
        }
        guard let path else { return }
        found.append(
            ParameterLeaf(name: path.joined(separator: "."), kind: kind, range: isWhole ? start..<position : nil, isQuoted: kind == .text))
    }

    private mutating func inlineTable(_ path: [String]?, depth: Int) throws {
        position += 1
        skipSpace()
        while next != UInt8(ascii: "}") {
            try assignment(path, depth: depth + 1)
            skipSpace()
            if next == UInt8(ascii: ",") {
                position += 1
                skipSpace()
            } else if next != UInt8(ascii: "}") {
                throw wrong("',' or '}' is expected")
            }
        }
        position += 1
    }

    private mutating func skipArray(depth: Int) throws {
        position += 1
        skipSpace()
        while next != UInt8(ascii: "]") {
            try value(nil, depth: depth + 1)
            skipSpace()
            if next == UInt8(ascii: ",") {
                position += 1
                skipSpace()
            } else if next != UInt8(ascii: "]") {
                throw wrong("',' or ']' is expected")
            }
        }
        position += 1
    }

    /// Returns whether it stands on one line.
    @discardableResult
    private mutating func skipString() throws -> Bool {
        guard let quote = next else { throw wrong("a text is expected") }
        let isLong = bytes[position...].starts(with: [quote, quote, quote])
        position += isLong ? 3 : 1
        while let byte = next {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                position += 2
            } else if isLong, bytes[position...].starts(with: [quote, quote, quote]) {
                position += 3
                // Up to two quotes may stand right before the end.
                while next == quote { position += 1 }
                return false
            } else if !isLong, byte == quote {
                position += 1
                return true
            } else if !isLong, byte == 0x0A {
                break
            } else {
                position += 1
            }
        }
        throw wrong("a text is not closed")
    }
}
