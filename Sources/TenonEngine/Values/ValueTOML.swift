import TOMLKit
import TenonCore

/// Reads TOML. Dates and times are texts, as TOML writes them.
struct ValueTOML {
    private var budget: ValueBudget

    static func parse(_ bytes: [UInt8], limits: ValueLimits) throws(TenonError) -> Value {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw ValueProblem.error("it is not UTF-8") }
        // The parser's texts end at a NUL.
        guard !bytes.contains(0), !text.contains("\\u0000"), !text.contains("\\U00000000"), !text.contains("\\x00") else {
            throw ValueProblem.error("it has a NUL character")
        }
        try TOMLBounds.require(bytes)
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch let error as TOMLParseError {
            throw ValueProblem.error("line \(error.source.begin.line): \(displayName(error.description.utf8.prefix(200)))")
        } catch {
            throw ValueProblem.error("it is no TOML: \(displayName("\(error)".utf8.prefix(200)))")
        }
        var reader = ValueTOML(budget: ValueBudget(limits))
        return try reader.mapping(table, depth: 0)
    }

    private init(budget: ValueBudget) {
        self.budget = budget
    }

    private mutating func mapping(_ table: TOMLTable, depth: Int) throws(TenonError) -> Value {
        var members: [Value.Member] = []
        for (key, entry) in table { members.append(Value.Member(key, try value(entry, depth: depth + 1))) }
        return .mapping(members)
    }

    private mutating func value(_ entry: any TOMLValueConvertible, depth: Int) throws(TenonError) -> Value {
        try budget.spend(depth: depth)
        switch entry.type {
        case .table:
            if let table = entry.table { return try mapping(table, depth: depth) }
        case .array:
            if let array = entry.array {
                var values: [Value] = []
                for element in array { values.append(try value(element, depth: depth + 1)) }
                return .list(values)
            }
        case .string: if let text = entry.string { return .text(text) }
        case .int: if let number = entry.int { return .number(ValueNumber(Int64(number))) }
        case .double: if let number = entry.double { return .number(ValueNumber(number)) }
        case .bool: if let flag = entry.bool { return .bool(flag) }
        case .date: if let date = entry.date { return .text(date.debugDescription) }
        case .time: if let time = entry.time { return .text(time.debugDescription) }
        case .dateTime: if let time = entry.dateTime { return .text(time.debugDescription) }
        }
        throw ValueProblem.error("it has a value of a kind that is not known")
    }
}
