import TenonAPI

extension PlainValue {
    init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .number(let number):
            if let whole = Int64(number.text) {
                self = .integer(whole)
            } else {
                self = number.isExact && number.value.isFinite ? .number(number.value) : .text(number.text)
            }
        case .text(let text): self = .text(text)
        case .list(let values): self = .list(values.map { PlainValue($0) })
        case .mapping(let members):
            self = .mapping(Dictionary(members.map { ($0.key, PlainValue($0.value)) }) { first, _ in first })
        }
    }
}
