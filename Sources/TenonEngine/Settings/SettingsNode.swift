import TenonCore
import Yams

/// A value in `tenon.yaml`, with the keys under which it stands.
struct SettingsNode {
    let node: Node
    /// Keys from the top, joined by dots; empty for the top itself.
    let key: String
    let line: Int?
    /// The file's name, for messages.
    var file = Settings.fileName

    /// How many entries a list or mapping may have.
    private static let countLimit = 1000
    /// How long a glob may be, in bytes.
    private static let globLimit = 1024

    var isEmpty: Bool { node.scalar?.style == .plain && node.null != nil }

    /// What it is, for messages.
    private var description: String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar): isEmpty ? "empty" : SettingsError.shown(scalar.string)
        case .alias: "an alias"
        }
    }

    /// The error that it is not what is `expected`.
    func wrong(_ expected: String, hint: String? = nil) -> TenonError {
        refusal("\(key.isEmpty ? "the file" : "'\(key)'") is \(description)", expected, hint: hint)
    }

    /// The error that something here is wrong.
    func refusal(_ what: String, _ expected: String, hint: String? = nil) -> TenonError {
        SettingsError.at(line, what, expected, hint: hint, file: file)
    }

    // MARK: Mappings

    /// The entries of a mapping, in the order of the file; of nothing, none.
    func entries(expected: String = "a mapping of keys and values") throws(TenonError) -> [(name: String, value: SettingsNode)] {
        if isEmpty { return [] }
        guard let mapping = node.mapping else { throw wrong(expected) }
        guard mapping.count <= SettingsNode.countLimit else { throw wrong("at most \(SettingsNode.countLimit) entries") }
        var result: [(name: String, value: SettingsNode)] = []
        for (name, value) in mapping {
            guard let scalar = name.scalar else {
                throw SettingsError.at(
                    name.mark?.line, "a key\(key.isEmpty ? "" : " of '\(key)'") is not a word", "keys are plain text", file: file)
            }
            let path = (key.isEmpty ? "" : key + ".") + displayName(scalar.string.utf8.prefix(200))
            // Empty values have no place of their own; and a value's own line may be below its key's.
            let line = value.scalar == nil ? name.mark?.line : value.mark?.line ?? name.mark?.line
            result.append((scalar.string, SettingsNode(node: value, key: path, line: line, file: file)))
        }
        return result
    }

    /// The warning that this key has no effect.
    func unknown(among known: [String]) -> String {
        let name = String(key.split(separator: ".", omittingEmptySubsequences: false).last ?? "")
        let suggestion = SettingsError.suggestion(for: name, among: known).map { "; \($0)" } ?? ""
        return "\(SettingsError.place(line, file: file)): '\(key)' is not known to this version and ignored\(suggestion)"
    }

    // MARK: Scalars

    func text(expected: String = "a text") throws(TenonError) -> String {
        guard let scalar = node.scalar, !isEmpty else { throw wrong(expected) }
        return scalar.string
    }

    func flag() throws(TenonError) -> Bool {
        guard let flag = node.bool else { throw wrong("true or false") }
        return flag
    }

    func integer() throws(TenonError) -> Int {
        guard let number = node.int else { throw wrong("a whole number") }
        return number
    }

    func byteCount() throws(TenonError) -> UInt64 {
        let expected = "a size such as '10 MiB'"
        guard let size = ByteCount.parse(try text(expected: expected)) else { throw wrong(expected) }
        return size
    }

    /// One of the words of `Choice`.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type = Choice.self) throws(TenonError) -> Choice {
        let words = Choice.allCases.map(\.rawValue)
        let expected = "one of \(words.joined(separator: ", "))"
        let text = try text(expected: expected)
        guard let choice = Choice(rawValue: text) else { throw wrong(expected, hint: SettingsError.suggestion(for: text, among: words)) }
        return choice
    }

    // MARK: Lists

    func texts(expected: String = "a list of texts") throws(TenonError) -> [(text: String, line: Int?)] {
        var result: [(String, Int?)] = []
        for item in try items(expected: expected) { result.append((try item.text(), item.line)) }
        return result
    }

    /// The entries of a list; of nothing, none.
    func items(expected: String = "a list") throws(TenonError) -> [SettingsNode] {
        if isEmpty { return [] }
        guard let sequence = node.sequence else { throw wrong(expected) }
        guard sequence.count <= SettingsNode.countLimit else { throw wrong("at most \(SettingsNode.countLimit) entries") }
        return sequence.enumerated().map { index, entry in
            SettingsNode(node: entry, key: "\(key)[\(index)]", line: entry.mark?.line ?? line, file: file)
        }
    }

    func globs() throws(TenonError) -> [String] {
        var result: [String] = []
        for (glob, line) in try texts(expected: "a list such as [ \"docs/*.pdf\" ]") {
            try SettingsNode.requireGlob(glob, key: key, line: line)
            result.append(glob)
        }
        return result
    }

    /// Throws for a glob that can match no path.
    static func requireGlob(_ glob: String, key: String, line: Int?) throws(TenonError) {
        let what = "'\(key)' has \(SettingsError.shown(glob))"
        if glob.utf8.count > globLimit { throw SettingsError.at(line, what, "a glob has at most \(globLimit) bytes") }
        let components = glob.split(separator: "/", omittingEmptySubsequences: false)
        if components.last == "", components.count > 1, components.first != "" {
            throw SettingsError.at(line, what, "a glob matches whole paths", hint: "for all in a directory: \(SettingsError.shown(glob + "**"))")
        }
        if components.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
            throw SettingsError.at(line, what, "paths are written from the top of the work tree, without '/' in front, '.' or '..'")
        }
    }
}
