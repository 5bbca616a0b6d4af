/// Whether a `tenon.yaml` may ask for the checks of each move of a ref, told without a YAML parser.
///
/// It may say yes where a parser would say no, in a string or an odd place: the hook then asks the daemon, which knows, and costs its time.
enum StrictPolicyScan {
    static func isStrict(_ bytes: [UInt8]) -> Bool {
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            var words = line.prefix { $0 != "#" }.split { " \t{},:\"'".contains($0) }.map { $0.lowercased() }
            while let start = words.firstIndex(of: "strict") {
                words.removeFirst(start + 1)
                if let value = words.first, ["true", "yes", "on"].contains(value) { return true }
            }
        }
        return false
    }
}
