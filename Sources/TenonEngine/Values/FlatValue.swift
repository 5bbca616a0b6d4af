import TenonCore

/// A value and its place in a file: its keys, from the top, joined by dots.
struct FlatValue: Equatable, Sendable {
    var key: String
    var value: Value

    /// The leaves of `value`. Throws `invalidArgument` for keys that come to the same when joined, or are too long.
    static func flatten(_ value: Value, path: RelativePath) throws(TenonError) -> [FlatValue] {
        var result: [FlatValue] = []
        var keys: Set<String> = []
        try append(value, prefix: nil, to: &result, keys: &keys, path: path)
        return result
    }

    private static func append(
        _ value: Value, prefix: String?, to result: inout [FlatValue], keys: inout Set<String>, path: RelativePath
    ) throws(TenonError) {
        guard let members = value.mapping else {
            // A file that is one word, or a list, has no key to name it by.
            guard let key = prefix else { return }
            guard keys.insert(key).inserted else {
                throw TenonError(
                    .invalidArgument, "'\(path)' can't be read for its values", cause: "two values have the key '\(displayName(key.utf8.prefix(60)))'"
                )
            }
            result.append(FlatValue(key: key, value: value))
            return
        }
        for member in members {
            let key = prefix.map { "\($0).\(member.key)" } ?? member.key
            guard key.utf8.count <= ValueLimits.keyLength else {
                throw TenonError(
                    .invalidArgument, "'\(path)' can't be read for its values", cause: "a key has more than \(ValueLimits.keyLength) bytes")
            }
            try append(member.value, prefix: key, to: &result, keys: &keys, path: path)
        }
    }

    /// A scalar as it is written.
    static func text(_ value: Value) -> String {
        switch value {
        case .null: ""
        case .bool(let flag): flag ? "true" : "false"
        case .number(let number): number.text
        case .text(let text): text
        case .list, .mapping: ""
        }
    }
}
