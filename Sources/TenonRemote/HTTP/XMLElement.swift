import TenonCore

/// An element of a storage's reply: its name without a prefix, its text, its children. Attributes are passed over.
struct XMLElement: Sendable {
    let name: String
    /// All text directly in it, entities resolved.
    var text = ""
    var children: [XMLElement] = []

    subscript(_ name: String) -> XMLElement? {
        children.first { $0.name == name }
    }

    func all(_ name: String) -> [XMLElement] {
        children.filter { $0.name == name }
    }
}
