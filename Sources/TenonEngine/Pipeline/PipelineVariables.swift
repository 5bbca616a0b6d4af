import TenonCore
import Yams

/// Values that `${…}` in a pipeline's file stands for: a tree of mappings, lists and scalars.
struct PipelineVariables {
    private(set) var root: Node = .mapping(Node.Mapping([]))

    private static let depthLimit = 64

    /// Adds the members of `other`; mappings are joined. Throws for a key that has a value already.
    mutating func merge(_ other: Node, from node: SettingsNode) throws(TenonError) {
        guard other.mapping != nil else {
            throw node.refusal("'\(node.key)' has no keys", "variables are a mapping of keys and values")
        }
        root = try PipelineVariables.joined(root, other, key: "", node)
    }

    /// Sets a member, whatever it was: `item` and `key` of a loop.
    mutating func set(_ name: String, to value: Node) {
        guard var mapping = root.mapping else { return }
        mapping.set(name, to: value)
        root = .mapping(mapping)
    }

    private static func joined(_ left: Node, _ right: Node, key: String, depth: Int = 0, _ node: SettingsNode) throws(TenonError) -> Node {
        guard depth < depthLimit, let mapping = left.mapping, let more = right.mapping else {
            if left == right { return left }
            throw node.refusal("'\(displayName(key.utf8.prefix(200)))' has two values", "a variable is given once")
        }
        var pairs = mapping.map { ($0.key, $0.value) }
        var places = Dictionary(pairs.enumerated().map { ($1.0.scalar?.string ?? "", $0) }) { first, _ in first }
        for (name, value) in more {
            let name = name.scalar?.string ?? ""
            guard let place = places[name] else {
                places[name] = pairs.count
                pairs.append((Node(name), value))
                continue
            }
            pairs[place].1 = try joined(pairs[place].1, value, key: (key.isEmpty ? "" : key + ".") + name, depth: depth + 1, node)
        }
        return .mapping(Node.Mapping(pairs, mapping.tag, mapping.style, mapping.mark))
    }

    /// What `expression` (`a.b.c`, `a.list[0]`) stands for.
    func value(_ expression: String, for node: SettingsNode) throws(TenonError) -> Node {
        var found = root
        for step in try PipelineVariables.steps(expression, node) {
            let next: Node? =
                if let mapping = found.mapping {
                    mapping.value(of: step)
                } else if let sequence = found.sequence, let index = Int(step), sequence.indices.contains(index) {
                    sequence[index]
                } else {
                    nil
                }
            guard let next else {
                throw node.refusal(
                    "'\(node.key)' uses '${\(displayName(expression.utf8.prefix(200)))}'", "\(SettingsError.shown(step)) is not there",
                    hint: "values come from \(Pipeline.parameterFileName) and 'vars'; write \\${…} for a variable of the shell")
            }
            found = next
        }
        return found
    }

    /// `a.b[0]` as `a`, `b`, `0`.
    private static func steps(_ expression: String, _ node: SettingsNode) throws(TenonError) -> [String] {
        let text = expression.trimmingPrefix { $0 == " " }
        let steps = text.replacing("[", with: ".").replacing("]", with: "").split(separator: ".", omittingEmptySubsequences: false)
            .map { $0.filter { $0 != " " } }
        guard !steps.isEmpty, steps.count <= depthLimit, !steps.contains("") else {
            throw node.refusal("'\(node.key)' uses '${\(displayName(expression.utf8.prefix(200)))}'", "it is no key, with dots between levels")
        }
        return steps
    }
}

extension Node.Mapping {
    /// The value of the key that is written so, whatever its type.
    func value(of name: String) -> Node? { first { $0.key.scalar?.string == name }?.value }

    /// Gives a key another value, or adds it at the end.
    mutating func set(_ name: String, to value: Node) {
        var pairs = map { ($0.key, $0.value) }
        if let place = pairs.firstIndex(where: { $0.0.scalar?.string == name }) {
            pairs[place].1 = value
        } else {
            pairs.append((Node(name), value))
        }
        self = Node.Mapping(pairs, tag, style, mark)
    }
}
