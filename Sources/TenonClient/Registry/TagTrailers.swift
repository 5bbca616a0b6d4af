import TenonCore

/// What a tag of the registry says of itself: the last paragraph of its message, lines `Tenon-KEY: VALUE`.
struct TagTrailers {
    private(set) var values: [(key: String, value: String)] = []

    private static let prefix = "Tenon-"
    private static let maximumCount = 64

    init(_ values: [(key: String, value: String)]) {
        self.values = values
    }

    /// Reads the last paragraph of `message`. Throws `corrupt` where a key is there twice: it would not be clear what was signed.
    init(parsing message: [UInt8]) throws(TenonError) {
        guard let text = String(validating: message, as: UTF8.self) else { throw TagObject.refused("its message is not UTF-8") }
        var paragraph: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).reversed() {
            if line.isEmpty { if paragraph.isEmpty { continue } else { break } }
            paragraph.append(line)
            guard paragraph.count <= TagTrailers.maximumCount else { throw TagObject.refused("it has too many trailers") }
        }
        for line in paragraph.reversed() {
            guard line.hasPrefix(TagTrailers.prefix), let colon = line.range(of: ": ") else { continue }
            let key = String(line[..<colon.lowerBound].dropFirst(TagTrailers.prefix.count))
            guard !values.contains(where: { $0.key == key }) else { throw TagObject.refused("it has 'Tenon-\(displayName(key.utf8))' twice") }
            values.append((key, String(line[colon.upperBound...])))
        }
    }

    subscript(_ key: String) -> String? { values.first { $0.key == key }?.value }

    var text: String { values.map { "\(TagTrailers.prefix)\($0.key): \($0.value)\n" }.joined() }

    // MARK: Values

    func oid(_ key: String) throws(TenonError) -> String? {
        guard let text = self[key] else { return nil }
        guard text.hasPrefix("sha256:"), text.utf8.count == 71,
            text.utf8.dropFirst(7).allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { throw TagObject.refused("its 'Tenon-\(key)' is not sha256: and 64 hexadecimal digits") }
        return text
    }

    /// A path, in any encoding: bytes that a line of text can't hold are written as `%XX`.
    func path(_ key: String) throws(TenonError) -> RelativePath {
        guard let text = self[key], let bytes = TagTrailers.unescaped(text) else { throw TagObject.refused("its 'Tenon-\(key)' is no path") }
        if let reason = RelativePath.reasonToRefuse(bytes) { throw TagObject.refused("its path is refused: \(reason)") }
        return try RelativePath(bytes: bytes)
    }

    static func escaped(_ bytes: [UInt8]) -> String {
        let isText = String(validating: bytes, as: UTF8.self) != nil
        var result: [UInt8] = []
        for (place, byte) in bytes.enumerated() {
            let isEdge = place == 0 || place == bytes.count - 1
            if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") || (byte >= 0x80 && !isText) || (isEdge && byte == UInt8(ascii: " ")) {
                let digits = String(byte, radix: 16, uppercase: true)
                result += Array("%\(digits.utf8.count < 2 ? "0" : "")\(digits)".utf8)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func unescaped(_ text: String) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
            result.append(value)
            rest = rest.dropFirst(2)
        }
        return result
    }
}

extension Substring {
    fileprivate func range(of separator: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(separator) { return start..<index(start, offsetBy: separator.count) }
            start = index(after: start)
        }
        return nil
    }
}
