import TenonFormat

/// Compares JSON documents leaf by leaf.
struct JSONComparison {
    let tolerance: Double
    let prefix: String

    func compare(_ old: JSONValue, _ new: JSONValue, at place: String, _ differences: inout Differences) {
        if case .object(let left) = old, case .object(let right) = new {
            for key in Set(left.keys).union(right.keys).sorted() {
                let inner = place.isEmpty ? key : "\(place).\(key)"
                if let before = left[key], let after = right[key] {
                    compare(before, after, at: inner, &differences)
                } else {
                    differences.note("\(prefix)\(inner): \(left[key] == nil ? "was not there" : "is not there any more")", isClose: false)
                }
            }
        } else if case .array(let left) = old, case .array(let right) = new, left.count == right.count {
            for (index, (before, after)) in zip(left, right).enumerated() { compare(before, after, at: "\(place)[\(index)]", &differences) }
        } else if case .number(let left) = old, case .number(let right) = new {
            if left != right {
                differences.note("\(prefix)\(place): \(left) before, \(right) now", isClose: Differences.isClose(left, right, tolerance))
            }
        } else if old != new {
            differences.note("\(prefix)\(place): other content", isClose: false)
        }
        if place.isEmpty, differences.isEmpty { differences.note("\(prefix)the same values, written otherwise", isClose: true) }
    }
}

/// Compares tables cell by cell: lines of fields, which may be in double quotes.
struct TableComparison {
    let tolerance: Double
    let prefix: String
    let separator: Character

    func compare(_ old: [UInt8], _ new: [UInt8], _ differences: inout Differences) {
        let (left, right) = (lines(old), lines(new))
        if left.count != right.count { differences.note("\(prefix)\(left.count) lines before, \(right.count) now", isClose: false) }
        let names = left.first.map(fields) ?? []
        for (number, (before, after)) in zip(left, right).enumerated() where before != after {
            let (a, b) = (fields(before), fields(after))
            guard a.count == b.count else {
                differences.note("\(prefix)row \(number): \(a.count) columns before, \(b.count) now", isClose: false)
                continue
            }
            for (column, (x, y)) in zip(a, b).enumerated() where x != y {
                let isClose = Double(x).flatMap { x in Double(y).map { Differences.isClose(x, $0, tolerance) } } ?? false
                let name = column < names.count ? names[column] : "\(column + 1)"
                differences.note("\(prefix)row \(number), column \(name): \(x) before, \(y) now", isClose: isClose)
            }
        }
        if differences.isEmpty { differences.note("\(prefix)the same cells, written otherwise", isClose: true) }
    }

    private func lines(_ bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    private func fields(_ line: Substring) -> [String] {
        var result = [""]
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                result.append("")
            } else {
                result[result.count - 1].append(character)
            }
        }
        return result
    }
}
