import TenonCore
import Yams

/// Finds the values of a YAML text with the places where they stand, which the parser tells by line and column.
struct YAMLLeaves {
    private let bytes: [UInt8]
    /// Where each line begins.
    private let lines: [Int]
    private var found: [ParameterLeaf] = []

    static func find(_ bytes: [UInt8]) throws -> [ParameterLeaf] {
        guard let root = try SettingsText.compose(bytes) else { return [] }
        guard root.mapping != nil else { throw TenonError(.invalidArgument, "it can't be edited", cause: "it is no mapping of keys to values") }
        var leaves = YAMLLeaves(bytes)
        try leaves.take(root, name: "")
        return leaves.found
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var lines = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
        for (position, byte) in bytes.enumerated() where byte == 0x0A { lines.append(position + 1) }
        self.lines = lines
    }

    private mutating func take(_ node: Node, name: String) throws {
        switch node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                guard let word = key.scalar?.string else { continue }
                try take(value, name: name.isEmpty ? word : "\(name).\(word)")
            }
        case .sequence(let sequence):
            found.append(ParameterLeaf(name: name, kind: .list, range: flow(sequence.mark)))
        case .scalar(let scalar): found.append(leaf(scalar, name))
        case .alias: found.append(ParameterLeaf(name: name, kind: .other))
        }
    }

    private func leaf(_ scalar: Node.Scalar, _ name: String) -> ParameterLeaf {
        guard let start = scalar.mark.flatMap(position) else { return ParameterLeaf(name: name, kind: .other) }
        switch scalar.style {
        case .plain where scalar.string.isEmpty: return ParameterLeaf(name: name, kind: .nothing, range: place(ofNothingAt: start), lead: " ")
        case .plain:
            // Over several lines it is another text than it stands for.
            let isThere = bytes[start...].starts(with: scalar.string.utf8)
            return ParameterLeaf(
                name: name, kind: YAMLLeaves.kind(of: scalar), range: isThere ? start..<(start + scalar.string.utf8.count) : nil)
        case .singleQuoted, .doubleQuoted:
            return ParameterLeaf(name: name, kind: .text, range: quoted(start, scalar.style == .singleQuoted), isQuoted: true)
        default: return ParameterLeaf(name: name, kind: .text)
        }
    }

    /// What a word without quotes is to readers of YAML, those of its version 1.1 among them: `True`, `no` and `0x10` are no texts.
    private static func kind(of scalar: Node.Scalar) -> ParameterLeaf.Kind {
        let typed = TypedText(scalar.string).kind
        guard typed == .text || typed == .list else { return typed }
        let node = Node.scalar(scalar)
        if node.bool != nil { return .flag }
        if node.null != nil { return .nothing }
        // `12:30` is a number to some readers; to people it is a time.
        if scalar.string.contains(":") { return .text }
        return node.int != nil || node.float != nil ? .number : .text
    }

    /// The byte that a mark means: its column counts characters.
    private func position(_ mark: Mark) -> Int? {
        guard mark.line >= 1, mark.line <= lines.count, mark.column >= 1 else { return nil }
        var position = lines[mark.line - 1]
        for _ in 1..<mark.column {
            guard position < bytes.count else { return nil }
            position += 1
            while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
        }
        return position <= bytes.count ? position : nil
    }

    /// Behind the colon, where the value would begin.
    private func place(ofNothingAt start: Int) -> Range<Int>? {
        var position = min(start, bytes.count)
        while position > 0, bytes[position - 1] == 0x20 || bytes[position - 1] == 0x0A || bytes[position - 1] == 0x0D { position -= 1 }
        return position > 0 && bytes[position - 1] == UInt8(ascii: ":") ? position..<position : nil
    }

    private func quoted(_ start: Int, _ isSingle: Bool) -> Range<Int>? {
        let quote = UInt8(ascii: isSingle ? "'" : "\"")
        guard start < bytes.count, bytes[start] == quote else { return nil }
        var position = start + 1
        while position < bytes.count {
            if bytes[position] == 0x0A { return nil }
            if !isSingle, bytes[position] == UInt8(ascii: "\\") {
                position += 2
            } else if bytes[position] == quote {
                guard isSingle, position + 1 < bytes.count, bytes[position + 1] == quote else { return start..<(position + 1) }
                position += 2
            } else {
                position += 1
            }
        }
        return nil
    }

    /// A list in brackets on one line.
    private func flow(_ mark: Mark?) -> Range<Int>? {
        guard let start = mark.flatMap(position), start < bytes.count, bytes[start] == UInt8(ascii: "[") else { return nil }
        var depth = 0
        var position = start
        while position < bytes.count, bytes[position] != 0x0A, bytes[position] != UInt8(ascii: "#") {
            switch bytes[position] {
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return start..<(position + 1) }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard let text = quoted(position, bytes[position] == UInt8(ascii: "'")) else { return nil }
                position = text.upperBound - 1
            default: break
            }
            position += 1
        }
        return nil
    }
}
