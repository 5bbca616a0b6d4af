import TenonCore

/// Lines of `.gitignore`, `.gitattributes` and files of their kind, edited so that no foreign line is touched.
enum IgnoreRules {
    /// The largest file that is edited.
    static let maximumLength = 16 << 20

    /// The line that makes Git ignore the entry `name` of the directory that the ignore file lies in, and nothing else.
    ///
    /// After `gitignore(5)`: a leading slash binds it to the directory, a backslash takes the meaning from special characters, and trailing
    /// spaces count only if they are quoted.
    static func line(for name: some Collection<UInt8>) -> [UInt8] {
        var line: [UInt8] = [UInt8(ascii: "/")]
        for byte in name {
            switch byte {
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\\"), 0x20, 0x0D, 0x09:
                line.append(UInt8(ascii: "\\"))
            default: break
            }
            line.append(byte)
        }
        return line
    }

    /// The line for `path`, counted from the top of the work tree, as `info/exclude` needs it.
    static func line(forPathFromTop path: RelativePath) -> [UInt8] {
        path.components.flatMap { line(for: $0) }
    }

    static func contains(_ line: [UInt8], in text: [UInt8]) -> Bool {
        lines(of: text).contains { withoutReturn($0).elementsEqual(line) }
    }

    /// `text` with `line` at its end; unchanged if it has it already.
    static func adding(_ line: [UInt8], to text: [UInt8]) -> [UInt8] {
        if contains(line, in: text) { return text }
        var result = text
        if let last = text.last, last != 0x0A { result.append(0x0A) }
        return result + line + [0x0A]
    }

    /// `text` without the lines that `isUnwanted` names. All others stay byte for byte.
    static func removing(where isUnwanted: (ArraySlice<UInt8>) -> Bool, from text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? text.count
            let line = text[start..<end]
            if !isUnwanted(withoutReturn(line.last == 0x0A ? line.dropLast() : line)) { result += line }
            start = end
        }
        return result
    }

    private static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
        text.split(separator: 0x0A, omittingEmptySubsequences: true)
    }

    /// A line without the carriage return that some editors end it with.
    private static func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == 0x0D ? line.dropLast() : line
    }
}
