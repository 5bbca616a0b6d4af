import TenonFormat

/// A value as a small file of parameters, metrics or plots has it: JSON's kinds, with the members of a mapping in the file's order.
indirect enum Value: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(ValueNumber)
    case text(String)
    case list([Value])
    /// Each key once.
    case mapping([Member])

    struct Member: Equatable, Sendable {
        var key: String
        var value: Value

        init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }
}

extension Value {
    var number: ValueNumber? {
        if case .number(let number) = self { number } else { nil }
    }

    var list: [Value]? {
        if case .list(let values) = self { values } else { nil }
    }

    var mapping: [Member]? {
        if case .mapping(let members) = self { members } else { nil }
    }

    /// Looks a key of a mapping up.
    subscript(key: String) -> Value? { mapping?.first { $0.key == key }?.value }

    /// The same value for records, which hold finite numbers only: one that is not becomes a text.
    var json: JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let number): number.isExact && number.value.isFinite ? .number(number.value) : .string(number.text)
        case .text(let text): .string(text)
        case .list(let values): .array(values.map(\.json))
        case .mapping(let members): .object(Dictionary(members.map { ($0.key, $0.value.json) }) { first, _ in first })
        }
    }
}

extension Value {
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .number(let number): self = .number(ValueNumber(number))
        case .string(let text): self = .text(text)
        case .array(let values): self = .list(values.map { Value($0) })
        case .object(let members): self = .mapping(members.sorted { $0.key < $1.key }.map { Member($0.key, Value($0.value)) })
        }
    }
}
