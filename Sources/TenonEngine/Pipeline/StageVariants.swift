import TenonCore
import Yams

/// What `foreach` and `matrix` make of one stage in the file: its variants, each with a name and the values of its loop.
struct StageVariants {
    struct Variant {
        /// After `@` in the stage's name.
        var name: String
        /// `item` and `key`, as far as there are.
        var item: Node
        var key: String?
    }

    /// How many one stage may become.
    static let countLimit = 1000

    /// Of a list: its entries, named by themselves, or by their number where one is no scalar. Of a mapping: its values, named by their keys.
    static func loop(over node: SettingsNode) throws(TenonError) -> [Variant] {
        if node.node.mapping != nil {
            var variants: [Variant] = []
            for (key, value) in try node.entries() { variants.append(Variant(name: try name(key, value), item: value.node, key: key)) }
            return variants
        }
        let items = try node.items(expected: "a list or mapping to go through")
        let areScalars = items.allSatisfy { $0.node.scalar != nil }
        var variants: [Variant] = []
        for (index, item) in items.enumerated() {
            variants.append(Variant(name: areScalars ? try name(item.node.scalar?.string ?? "", item) : "\(index)", item: item.node))
        }
        return variants
    }

    /// Every combination of the lists of a mapping. The first varies slowest.
    static func combinations(of node: SettingsNode) throws(TenonError) -> [Variant] {
        let axes = try node.entries(expected: "a mapping of lists")
        guard !axes.isEmpty else { throw node.refusal("'\(node.key)' has no axis", "a matrix has lists of values") }
        var count = 1
        for axis in axes {
            count *= try axis.value.items(expected: "a list of values").count
            guard count <= countLimit else { throw node.refusal("'\(node.key)' has too many combinations", "a stage becomes at most \(countLimit)") }
        }
        var variants = [Variant(name: "", item: .mapping(Node.Mapping([])))]
        for axis in axes {
            var longer: [Variant] = []
            for variant in variants {
                for (index, value) in try axis.value.items().enumerated() {
                    guard var item = variant.item.mapping else { continue }
                    item.set(axis.name, to: value.node)
                    let word = try value.node.scalar.map { scalar throws(TenonError) in try name(scalar.string, value) } ?? "\(axis.name)\(index)"
                    longer.append(Variant(name: variant.name.isEmpty ? word : "\(variant.name)-\(word)", item: .mapping(item)))
                }
            }
            variants = longer
        }
        return variants
    }

    private static func name(_ text: String, _ node: SettingsNode) throws(TenonError) -> String {
        guard !text.isEmpty, text.utf8.count <= 128,
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != "@" })
        else {
            throw node.refusal(
                "'\(node.key)' is \(SettingsError.shown(text))", "it becomes part of a stage's name: 1 to 128 characters, no space, no '@'")
        }
        return text
    }
}
