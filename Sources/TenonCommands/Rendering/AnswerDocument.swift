/// The document of `--json`: the keys of the reply, and `items` where the verb sends some.
struct AnswerDocument<Reply: Encodable, Item: Encodable>: Encodable {
    var reply: Reply
    /// `nil` for verbs without items.
    var items: [Item]?

    private enum Keys: String, CodingKey { case items }

    func encode(to encoder: any Encoder) throws {
        try reply.encode(to: encoder)
        guard let items else { return }
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(items, forKey: .items)
    }
}
