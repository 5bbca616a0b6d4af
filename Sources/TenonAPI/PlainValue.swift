/// A value of a file of parameters or metrics, in JSON as it is there. What JSON has no word for stands as a text: `NaN`, `Infinity`, `-Infinity`, and whole
/// numbers beyond 64 bits.
package enum PlainValue: Codable, Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Finite.
    case number(Double)
    case text(String)
    case list([PlainValue])
    /// Inside of lists only.
    case mapping([String: PlainValue])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let values = try? container.decode([PlainValue].self) {
            self = .list(values)
        } else {
            self = .mapping(try container.decode([String: PlainValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .mapping(let members): try container.encode(members)
        }
    }
}

extension PlainValue: CustomStringConvertible {
    /// For people and tables: a text as it is, a list as JSON would have it, nothing as `null`.
    package var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : "\(value)"
        case .text(let value): value
        case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        case .mapping(let members): "{" + members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
        }
    }
}
