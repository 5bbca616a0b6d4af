import TenonCore

/// A table of comma- or tab-separated values by RFC 4180: quotes around a field, doubled within; every row with as many fields as the first, which names the
/// columns. Lines may end with LF as well.
struct DelimitedTable: Equatable, Sendable {
    var columns: [String]
    /// Each with one field for each column.
    var rows: [[String]]

    /// Throws `invalidArgument` that says where the text is wrong.
    ///
    /// - Parameter hasHeader: whether the first row names the columns; else they are `0`, `1`, `2`, ….
    init(_ bytes: [UInt8], separator: UInt8, hasHeader: Bool = true, limits: ValueLimits) throws(TenonError) {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw ValueProblem.error("it is not UTF-8") }
        var reader = Reader(bytes: bytes, separator: separator, left: limits.count)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        guard let header = try reader.record() else { throw ValueProblem.error("it is empty") }
        guard !hasHeader || Set(header).count == header.count else { throw ValueProblem.error("line 1: two columns have one name") }
        columns = hasHeader ? header : header.indices.map(String.init)
        rows = hasHeader ? [] : [header]
        while true {
            let line = reader.line
            guard let row = try reader.record() else { return }
            guard row.count == header.count else {
                throw ValueProblem.error("line \(line): it has \(row.count) fields, and the first line \(header.count)")
            }
            rows.append(row)
        }
    }

    /// The values of a column; empty fields are nothing.
    func values(of column: Int) -> [Value] { rows.map { ValueText.cell($0[column]) } }

    private struct Reader {
        let bytes: [UInt8]
        let separator: UInt8
        /// How many fields may still come.
        var left: Int
        var position = 0
        var line = 1

        /// The fields of the next record; `nil` at the end. Empty lines between records are passed over.
        mutating func record() throws(TenonError) -> [String]? {
            while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D {
                if bytes[position] == 0x0A { line += 1 }
                position += 1
            }
            guard position < bytes.count else { return nil }
            var fields: [String] = []
            while true {
                left -= 1
                guard left >= 0 else { throw ValueProblem.error("it has too many values") }
                fields.append(try field())
                guard position < bytes.count else { return fields }
                if bytes[position] == separator {
                    position += 1
                    continue
                }
                if bytes[position] == 0x0D { position += 1 }
                if position < bytes.count, bytes[position] == 0x0A { position += 1 }
                line += 1
                return fields
            }
        }

        /// One field, up to what ends it.
        private mutating func field() throws(TenonError) -> String {
            let start = position
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                while position < bytes.count, !isEnd(bytes[position]) {
                    guard bytes[position] != UInt8(ascii: "\"") else {
                        throw ValueProblem.error("line \(line): a quote stands in a field without quotes")
                    }
                    position += 1
                }
                return String(decoding: bytes[start..<position], as: UTF8.self)
            }
            var text: [UInt8] = []
            position += 1
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\"") {
                    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                        guard position == bytes.count || isEnd(bytes[position]) else {
                            throw ValueProblem.error("line \(line): something follows the quote that ends a field")
                        }
                        return String(decoding: text, as: UTF8.self)
                    }
                    position += 1
                }
                if byte == 0x0A { line += 1 }
                text.append(byte)
            }
            throw ValueProblem.error("line \(line): a quoted field does not end")
        }

        private func isEnd(_ byte: UInt8) -> Bool { byte == separator || byte == 0x0A || byte == 0x0D }
    }
}
