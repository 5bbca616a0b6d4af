import TenonCore
import Yams

/// Reads YAML by its core schema, with aliases and merge keys (`<<`), within the limits: an alias counts as often as it is used.
struct ValueYAML {
    private var budget: ValueBudget

    static func parse(_ bytes: [UInt8], limits: ValueLimits) throws(TenonError) -> Value {
        let root: Node?
        do {
            root = try SettingsText.compose(bytes, aliases: .inValues)
        } catch {
            // `tenon.yaml:LINE: what`, as the messages of that file begin.
            let parts = error.message.split(separator: ": ", maxSplits: 1)
            let line = parts.first?.split(separator: ":").dropFirst().first.map { "line \($0): " } ?? ""
            throw ValueProblem.error("\(line)\(error.cause ?? error.message)")
        }
        guard let root else { return .mapping([]) }
        var reader = ValueYAML(budget: ValueBudget(limits))
        let value = try reader.value(root, depth: 0)
        return value == .null ? .mapping([]) : value
    }

    private init(budget: ValueBudget) {
        self.budget = budget
    }

    private mutating func value(_ node: Node, depth: Int) throws(TenonError) -> Value {
        try budget.spend(depth: depth)
        switch node {
        case .scalar(let scalar):
            return scalar.style == .plain && scalar.tag != Tag(.str) ? ValueText.typed(scalar.string) : .text(scalar.string)
        case .sequence(let sequence):
            var values: [Value] = []
            for entry in sequence { values.append(try value(entry, depth: depth + 1)) }
            return .list(values)
        case .mapping(let mapping): return .mapping(try members(of: mapping, depth: depth))
        case .alias: throw ValueProblem.error("an alias leads nowhere")
        }
    }

    /// Own keys first, then those that are merged and not among them (https://yaml.org/type/merge.html).
    private mutating func members(of mapping: Node.Mapping, depth: Int) throws(TenonError) -> [Value.Member] {
        var result: [Value.Member] = []
        var keys: Set<String> = []
        var merged: [Node] = []
        for (key, entry) in mapping {
            guard let scalar = key.scalar else { throw ValueProblem.error("a key is no word") }
            if scalar.string == "<<", scalar.style == .plain {
                if case .sequence(let sources) = entry { merged += Array(sources) } else { merged.append(entry) }
                continue
            }
            // Two spellings of one key, as '1' and "1", are two keys to YAML.
            guard keys.insert(scalar.string).inserted else {
                throw ValueProblem.error("the key '\(displayName(scalar.string.utf8.prefix(60)))' stands twice")
            }
            result.append(Value.Member(scalar.string, try value(entry, depth: depth + 1)))
        }
        for source in merged {
            try budget.spend(depth: depth + 1)
            guard case .mapping(let source) = source else { throw ValueProblem.error("'<<' merges mappings only") }
            for member in try members(of: source, depth: depth + 1) where keys.insert(member.key).inserted { result.append(member) }
        }
        return result
    }
}
