/// What a `tenon.yaml` may ask for, told without a YAML parser.
///
/// It may say yes where a parser would say no, in a string or an odd place: the daemon is then asked, which knows, and costs its time.
package enum SettingsScan {
    /// Longer files are refused by the daemon.
    package static let maximumLength = 256 << 10

    /// Whether each move of a ref may have to be checked.
    static func isStrict(_ bytes: [UInt8]) -> Bool { hasValue(["true", "yes", "on"], of: "strict", bytes) }

    /// Whether commits may have to be followed by a push.
    package static func pushesInBackground(_ bytes: [UInt8]) -> Bool { hasValue(["background"], of: "push", bytes) }

    private static func hasValue(_ values: [String], of key: String, _ bytes: [UInt8]) -> Bool {
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            var words = line.prefix { $0 != "#" }.split { " \t{},:\"'".contains($0) }.map { $0.lowercased() }
            while let start = words.firstIndex(of: key) {
                words.removeFirst(start + 1)
                if let value = words.first, values.contains(value) { return true }
            }
        }
        return false
    }
}
