import TenonCore
import Yams

/// The text of `tenon.yaml` on its way to the YAML parser. It may come from anyone, so depth and sharing are bounded before the parser sees it.
enum SettingsText {
    private static let depthLimit = 100
    private static let repair = "correct the file, or take the one of an earlier commit"

    /// The document's root; `nil` if there is nothing in it.
    static func compose(
        _ bytes: [UInt8], file: String = Settings.fileName, aliases: AliasRule = .refused
    ) throws(TenonError) -> Node? {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsError.at(nil, "it can't be read", "it is not UTF-8", hint: "save it as UTF-8", file: file)
        }
        try requireBounds(bytes, file, aliases)
        try aliases.requireBounds(bytes, file: file)
        do {
            return try Yams.compose(yaml: text, .default, .default, .utf8)
        } catch let error as YamlError {
            throw refusal(error, bytes, file)
        } catch {
            throw SettingsError.at(nil, "it is not YAML", firstLine(of: "\(error)"), hint: repair, file: file)
        }
    }

    // MARK: What the parser refuses

    private static func refusal(_ error: YamlError, _ bytes: [UInt8], _ file: String) -> TenonError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            let line = line(mark.line, of: bytes)
            if line.prefix(while: { $0 == 0x20 || $0 == 0x09 }).contains(0x09) {
                return SettingsError.at(mark.line, "it is not YAML", "the line is indented with a tab", hint: "indent with spaces", file: file)
            }
            if problem.contains("alias") || problem.contains("alphabetic or numeric") {
                return SettingsError.at(
                    mark.line, "it is not YAML", "a text that begins with '*' must be in quotes", hint: "write \"*.pdf\", not *.pdf", file: file)
            }
            return SettingsError.at(mark.line, "it is not YAML", displayName(problem.utf8), hint: repair, file: file)
        case .duplicatedKeysInMapping(let duplicates, let context):
            return SettingsError.at(
                context.mark.line, "\(SettingsError.shown(duplicates.first ?? "a key")) is given twice", "a key stands once", file: file)
        case .reader(let problem, let offset, _, _):
            let line = offset.map { offset in 1 + bytes.prefix(offset).count { $0 == 0x0A } }
            return SettingsError.at(line, "it is not YAML", displayName(problem.utf8), hint: repair, file: file)
        default:
            return SettingsError.at(nil, "it is not YAML", firstLine(of: "\(error)"), hint: repair, file: file)
        }
    }

    /// The line with this number, counted from 1; empty if there is none.
    private static func line(_ number: Int, of bytes: [UInt8]) -> ArraySlice<UInt8> {
        let lines = bytes.split(separator: 0x0A, maxSplits: max(0, number), omittingEmptySubsequences: false)
        return number >= 1 && number <= lines.count ? lines[number - 1] : []
    }

    private static func firstLine(of text: String) -> String {
        displayName((text.split(separator: "\n").first ?? "").utf8)
    }

    // MARK: What the parser should not see

    /// Throws for a text nested so deeply, or with anchors that share so much, that reading it would take all stack or memory.
    private static func requireBounds(_ bytes: [UInt8], _ file: String, _ aliases: AliasRule) throws(TenonError) {
        var lineNumber = 1
        // Of block collections: columns at which the enclosing ones begin.
        var columns: [Int] = []
        var lineStart = 0
        var isIndentation = true
        var brackets = 0
        // Whether a YAML node may begin here: at the start of a line or after an indicator.
        var nodeMayBegin = true
        var indicators = 0
        // A tag (`!!map`) stands before a node's anchor.
        var isInTag = false
        for (position, byte) in bytes.enumerated() {
            if isInTag {
                guard byte <= 0x20 else { continue }
                isInTag = false
            }
            if isIndentation, byte > 0x20 {
                isIndentation = false
                let column = position - lineStart
                columns.removeAll { $0 >= column }
                columns.append(column)
            }
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                nodeMayBegin = true
            case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets = max(0, brackets - 1)
            case 0x0A:
                lineNumber += 1
                lineStart = position + 1
                isIndentation = true
                nodeMayBegin = true
                indicators = 0
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
                // An indicator only before white space; else part of a word.
                guard position + 1 == bytes.count || bytes[position + 1] <= 0x20 else {
                    nodeMayBegin = false
                    continue
                }
                if byte != UInt8(ascii: ":"), nodeMayBegin { indicators += 1 }
                nodeMayBegin = true
            case UInt8(ascii: ","): nodeMayBegin = true
            case UInt8(ascii: "!") where nodeMayBegin: isInTag = true
            case 0x20, 0x09, 0x0D: break
            case UInt8(ascii: "&"):
                let next = position + 1 < bytes.count ? bytes[position + 1] : 0x20
                if aliases == .refused, nodeMayBegin, AliasRule.isAnchorCharacter(next) {
                    throw SettingsError.at(lineNumber, "it can't be read", "anchors and aliases ('&name', '*name') are not allowed in it", file: file)
                }
                nodeMayBegin = false
            default: nodeMayBegin = false
            }
            if max(brackets, indicators, columns.count) > depthLimit {
                throw SettingsError.at(lineNumber, "it can't be read", "it is nested too deeply", file: file)
            }
        }
    }
}
