import TenonCore

/// How a file of values is written, as its name tells.
enum ValueFormat: Sendable {
    case json
    case yaml
    case toml
    case commaSeparated
    case tabSeparated

    /// Names without one of these endings are taken for YAML, which most JSON is as well.
    init(_ path: RelativePath) {
        self = ValueFormat(known: path) ?? .yaml
    }

    /// `nil`: the name does not tell.
    init?(known path: RelativePath) {
        let name = String(decoding: path.lastComponent, as: UTF8.self).lowercased()
        switch name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last {
        case "json": self = .json
        case "yaml", "yml": self = .yaml
        case "toml": self = .toml
        case "csv": self = .commaSeparated
        case "tsv": self = .tabSeparated
        default: return nil
        }
    }

    /// For messages.
    var name: String {
        switch self {
        case .json: "JSON"
        case .yaml: "YAML"
        case .toml: "TOML"
        case .commaSeparated: "CSV"
        case .tabSeparated: "TSV"
        }
    }

    /// The largest file that is read: some parsers take much more memory than the text.
    var maximumLength: Int {
        switch self {
        case .yaml: 4 << 20
        case .toml: 1 << 20
        case .json, .commaSeparated, .tabSeparated: .max
        }
    }

    /// The separator of a table's fields.
    var separator: UInt8? {
        switch self {
        case .commaSeparated: UInt8(ascii: ",")
        case .tabSeparated: UInt8(ascii: "\t")
        default: nil
        }
    }
}
