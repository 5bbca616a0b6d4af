import TenonCore

/// Reads the small part of XML that S3 and STS answer with.
///
/// A document type declaration is refused, so there are no entities but the five of XML and character references, nothing is fetched and nothing
/// grows. The caller bounds the length; depth is bounded here.
struct XMLReader {
    static let maximumDepth = 16

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The root element; `nil` if the bytes are not such a document.
    static func root(_ bytes: [UInt8]) -> XMLElement? {
        var reader = XMLReader(bytes)
        guard reader.skipMiscellany(), let element = reader.element(depth: 1), reader.skipMiscellany(), reader.position == bytes.count else {
            return nil
        }
        return element
    }

    /// White space, comments, processing instructions and the XML declaration. `false` if one of them does not end, or for `<!DOCTYPE`.
    private mutating func skipMiscellany() -> Bool {
        _ = skip("\u{FEFF}")
        while true {
            skipSpace()
            if skip("<?") {
                guard skipPast("?>") else { return false }
            } else if skip("<!--") {
                guard skipPast("-->") else { return false }
            } else {
                return !startsWith("<!")
            }
        }
    }

    /// The element that begins here.
    private mutating func element(depth: Int) -> XMLElement? {
        guard depth <= XMLReader.maximumDepth, skip("<"), let name = name() else { return nil }
        var element = XMLElement(name: name.local)
        guard let isEmpty = skipAttributes() else { return nil }
        if isEmpty { return element }
        var text: [UInt8] = []
        while position < bytes.count {
            if startsWith("</") {
                position += 2
                guard let end = self.name(), end.full == name.full else { return nil }
                skipSpace()
                guard skip(">"), let decoded = String(validating: text, as: UTF8.self) else { return nil }
                element.text = decoded
                return element
            } else if skip("<!--") {
                guard skipPast("-->") else { return nil }
            } else if skip("<![CDATA[") {
                let start = position
                guard skipPast("]]>") else { return nil }
                text += bytes[start..<(position - 3)]
            } else if skip("<?") {
                guard skipPast("?>") else { return nil }
            } else if bytes[position] == UInt8(ascii: "<") {
                guard let child = self.element(depth: depth + 1) else { return nil }
                element.children.append(child)
            } else if bytes[position] == UInt8(ascii: "&") {
                guard let character = reference() else { return nil }
                text += Array(String(character).utf8)
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        return nil
    }

    /// Passes over attributes up to the tag's end; `true` if the element is empty (`/>`).
    private mutating func skipAttributes() -> Bool? {
        while position < bytes.count {
            skipSpace()
            if skip("/>") { return true }
            if skip(">") { return false }
            guard name() != nil else { return nil }
            skipSpace()
            guard skip("=") else { return nil }
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'") else { return nil }
            let quote = bytes[position]
            position += 1
            while position < bytes.count, bytes[position] != quote {
                if bytes[position] == UInt8(ascii: "<") { return nil }
                position += 1
            }
            guard position < bytes.count else { return nil }
            position += 1
        }
        return nil
    }

    /// `&lt;` and its like, or a character reference.
    private mutating func reference() -> Unicode.Scalar? {
        guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let text = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
        position = end + 1
        switch text {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard text.hasPrefix("#") else { return nil }
            let digits = text.dropFirst()
            let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return value.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
        }
    }

    private mutating func name() -> (full: String, local: String)? {
        let start = position
        while position < bytes.count, isNamePart(bytes[position]) { position += 1 }
        guard position > start, position - start <= 128 else { return nil }
        let full = String(decoding: bytes[start..<position], as: UTF8.self)
        return (full, full.lastIndex(of: ":").map { String(full[full.index(after: $0)...]) } ?? full)
    }

    private func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"): true
        default: false
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private func startsWith(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(bytes[position..<(position + count)]) }
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        guard startsWith(text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    private mutating func skipPast(_ text: StaticString) -> Bool {
        while position < bytes.count {
            if skip(text) { return true }
            position += 1
        }
        return false
    }
}
