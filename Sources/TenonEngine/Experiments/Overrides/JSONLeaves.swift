import TenonCore
import TenonFormat

/// Finds the values of a JSON text with the places where they stand.
struct JSONLeaves {
    private let bytes: [UInt8]
    private var position = 0
    private var found: [ParameterLeaf] = []

    static func find(_ bytes: [UInt8]) throws -> [ParameterLeaf] {
        // Once it has been read strictly, a walk along the same text needs no checks.
        guard try JSONReader.parse(bytes).object != nil else {
            throw TenonError(.invalidArgument, "it can't be edited", cause: "it is no object of keys and values")
        }
        var leaves = JSONLeaves(bytes: bytes)
        try leaves.value(name: "")
        return leaves.found
    }

    static func isNumber(_ text: String) throws -> Bool { try JSONReader.parse(Array(text.utf8)).number != nil }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    private mutating func value(name: String) throws {
        skipSpace()
        guard position < bytes.count else { return }
        let start = position
        switch bytes[position] {
        case UInt8(ascii: "{"):
            position += 1
            skipSpace()
            while position < bytes.count, bytes[position] != UInt8(ascii: "}") {
                let key = try JSONReader.parse(Array(bytes[skippingString()])).string ?? ""
                skipSpace()
                position += 1  // the colon
                try value(name: name.isEmpty ? key : "\(name).\(key)")
                skipSpace()
                if position < bytes.count, bytes[position] == UInt8(ascii: ",") { position += 1 }
                skipSpace()
            }
            position += 1
        case UInt8(ascii: "["):
            skipList()
            found.append(ParameterLeaf(name: name, kind: .list, range: start..<position))
        case UInt8(ascii: "\""): found.append(ParameterLeaf(name: name, kind: .text, range: skippingString(), isQuoted: true))
        default:
            while position < bytes.count, bytes[position] > 0x20, !",}]".utf8.contains(bytes[position]) { position += 1 }
            let kind = TypedText(String(decoding: bytes[start..<position], as: UTF8.self)).kind
            found.append(ParameterLeaf(name: name, kind: kind, range: start..<position))
        }
    }

    private mutating func skippingString() -> Range<Int> {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") { position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1 }
        position = min(position + 1, bytes.count)
        return start..<position
    }

    private mutating func skipList() {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                _ = skippingString()
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return }
        }
    }
}
