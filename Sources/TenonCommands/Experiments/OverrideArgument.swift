import ArgumentParser
import TenonAPI

/// A parameter as it was typed with the values that it is tried with: `[FILE:]KEY=VALUE[,VALUE...]`.
struct OverrideArgument: ExpressibleByArgument, Hashable {
    private let file: [UInt8]?
    let key: String
    /// At least one.
    let values: [String]

    /// The file that is meant where none is named.
    static let defaultFile = "params.yaml"

    init?(argument: String) {
        let bytes = ArgumentEscape.bytes(of: argument)
        guard let equal = bytes.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = bytes[..<equal]
        let colon = name.lastIndex(of: UInt8(ascii: ":"))
        file = colon.map { Array(name[..<$0]) }
        guard let key = String(validating: name[(colon.map { $0 + 1 } ?? 0)...], as: UTF8.self), !key.isEmpty, file?.isEmpty != true,
            let text = String(validating: bytes[(equal + 1)...], as: UTF8.self)
        else { return nil }
        self.key = key
        values = OverrideArgument.parts(of: text)
    }

    /// One override for each value.
    func resolved(_ paths: PathResolver) throws(TenonError) -> [ParameterOverride] {
        let path = try paths.resolve(PathArgument(bytes: file ?? Array(OverrideArgument.defaultFile.utf8)))
        return values.map { ParameterOverride(file: path, key: key, value: $0) }
    }

    /// Between commas, but for those in brackets, braces or quotes.
    static func parts(of text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else {
                switch character {
                case "\"", "'": if part.isEmpty || depth > 0 { quote = character }
                case "[", "{": depth += 1
                case "]", "}": depth -= 1
                case "," where depth <= 0:
                    parts.append(part)
                    part = ""
                    continue
                default: break
                }
            }
            part.append(character)
        }
        return parts + [part]
    }
}
