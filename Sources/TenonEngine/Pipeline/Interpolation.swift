import TenonCore
import Yams

/// Puts values in the place of `${…}`. What it makes is bounded over a whole file.
struct Interpolation {
    private var room = 16 << 20

    /// `node` with every `${…}` in its texts and keys replaced; a text that is nothing but one becomes the value itself.
    mutating func resolved(_ node: SettingsNode, _ variables: PipelineVariables) throws(TenonError) -> SettingsNode {
        var result = node
        result = SettingsNode(node: try resolved(node.node, node, variables), key: node.key, line: node.line, file: node.file)
        return result
    }

    private mutating func resolved(_ node: Node, _ place: SettingsNode, _ variables: PipelineVariables) throws(TenonError) -> Node {
        switch node {
        case .scalar(let scalar):
            let text = scalar.string
            guard text.contains("${") else { return node }
            if let expression = Interpolation.onlyExpression(text) {
                let value = try variables.value(expression, for: place)
                try take(Interpolation.size(value), place)
                return value
            }
            return .scalar(Node.Scalar(try self.text(text, place, variables), Tag(.str), .doubleQuoted, scalar.mark))
        case .sequence(let sequence):
            var items: [Node] = []
            for item in sequence { items.append(try resolved(item, place, variables)) }
            return .sequence(Node.Sequence(items, sequence.tag, sequence.style, sequence.mark))
        case .mapping(let mapping):
            var pairs: [(Node, Node)] = []
            for (key, value) in mapping { pairs.append((try resolved(key, place, variables), try resolved(value, place, variables))) }
            return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
        case .alias: return node
        }
    }

    /// A command line, in which a mapping becomes options: `--key value`.
    mutating func commandLine(_ text: String, _ place: SettingsNode, _ variables: PipelineVariables) throws(TenonError) -> String {
        try self.text(text, place, variables, isCommand: true)
    }

    private mutating func text(
        _ text: String, _ place: SettingsNode, _ variables: PipelineVariables, isCommand: Bool = false
    ) throws(TenonError) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            let before = rest[..<start.lowerBound]
            if before.hasSuffix("\\") {
                result += before.dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            result += before
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw place.refusal("'\(place.key)' has '${' without '}'", "values are written ${KEY}", hint: "write \\${ for the shell's own")
            }
            let expression = String(rest[start.upperBound..<end])
            let value = try variables.value(expression, for: place)
            let words = try Interpolation.words(value, expression, place, isCommand: isCommand)
            try take(words.utf8.count, place)
            result += words
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private mutating func take(_ count: Int, _ place: SettingsNode) throws(TenonError) {
        room -= count
        guard room >= 0 else { throw place.refusal("'\(place.key)' can't be filled in", "the file's values would take more than 16 MiB") }
    }

    /// The expression that is all of `text`.
    private static func onlyExpression(_ text: String) -> String? {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        let inner = text.dropFirst(2).dropLast()
        return inner.contains("}") || inner.contains("${") ? nil : String(inner)
    }

    private static func size(_ node: Node) -> Int {
        switch node {
        case .scalar(let scalar): scalar.string.utf8.count + 1
        case .sequence(let sequence): sequence.reduce(1) { $0 + size($1) }
        case .mapping(let mapping): mapping.reduce(1) { $0 + size($1.key) + size($1.value) }
        case .alias: 1
        }
    }

    private static func words(_ value: Node, _ expression: String, _ place: SettingsNode, isCommand: Bool) throws(TenonError) -> String {
        if let scalar = value.scalar { return Interpolation.word(scalar) }
        guard isCommand, let mapping = value.mapping else {
            throw place.refusal(
                "'\(place.key)' uses '${\(displayName(expression.utf8.prefix(200)))}' inside a text",
                "it is a \(value.mapping != nil ? "mapping" : "list")")
        }
        var options: [String] = []
        try Interpolation.appendOptions(mapping, prefix: "--", expression, place, &options)
        return options.joined(separator: " ")
    }

    /// True and false as the file's other readers print them.
    private static func word(_ scalar: Node.Scalar) -> String {
        guard scalar.style == .plain, let flag = Node.scalar(scalar).bool else { return scalar.string }
        return flag ? "true" : "false"
    }

    private static func appendOptions(
        _ mapping: Node.Mapping, prefix: String, _ expression: String, _ place: SettingsNode, _ options: inout [String]
    ) throws(TenonError) {
        for (key, value) in mapping {
            let name = prefix + (key.scalar?.string ?? "")
            switch value {
            case .mapping(let inner): try appendOptions(inner, prefix: name + ".", expression, place, &options)
            case .sequence(let items):
                options.append(name)
                for item in items { options.append(quoted(item.scalar.map(word) ?? "")) }
            case .scalar(let scalar):
                if scalar.style == .plain, let flag = value.bool {
                    if flag { options.append(name) }
                } else {
                    options += [name, quoted(scalar.string)]
                }
            case .alias: break
            }
        }
    }

    /// `word` for `sh`, in quotes where it needs them.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "_-+./,:=@%".utf8.contains(byte)
            }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
