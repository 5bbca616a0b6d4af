/// Rows of comma-separated values by RFC 4180.
enum CommaSeparated {
    static func row(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") + "\r\n" }

    /// In quotes where it has to be.
    private static func field(_ text: String) -> String {
        // By bytes: CR LF is one character to Swift.
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) || text.first == " " || text.last == " " else {
            return text
        }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
