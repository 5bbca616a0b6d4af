import TenonCore

/// What experiments may be called, and are called where nobody says.
package enum ExperimentName {
    package static let maximumLength = 100

    /// The rule that a name breaks; `nil` if it is a good one. Stricter than Git is with references, so that it needs no quotes anywhere.
    package static func reasonToRefuse(_ name: String) -> String? {
        if name.isEmpty { return "it is empty" }
        if name.utf8.count > maximumLength { return "it is longer than \(maximumLength) bytes" }
        guard name.utf8.allSatisfy({ isLetter($0) || "._-".utf8.contains($0) }), let first = name.utf8.first, isLetter(first) else {
            return "names are of letters, digits, '.', '_' and '-', and begin with a letter or digit"
        }
        if name.contains("..") || name.hasSuffix(".") || name.hasSuffix(".lock") { return "Git takes no such name for a reference" }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// Two words that are not in `taken`.
    package static func invented(taken: Set<String>) -> String {
        for _ in 0..<50 {
            let name = "\(qualities.randomElement() ?? "new")-\(things.randomElement() ?? "trial")"
            if !taken.contains(name) { return name }
        }
        return free("\(qualities.randomElement() ?? "new")-\(things.randomElement() ?? "trial")", taken: taken)
    }

    /// The name, or with the first number that makes it free.
    package static func free(_ name: String, taken: Set<String>) -> String {
        if !taken.contains(name) { return name }
        var number = 2
        while taken.contains("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }

    private static let qualities = [
        "amber", "bold", "brave", "brisk", "calm", "clear", "clever", "cosy", "crisp", "dapper", "deft", "eager", "early", "fair", "fleet", "fond",
        "frank", "gentle", "glad", "grand", "hardy", "keen", "kind", "lively", "lucid", "mellow", "merry", "mild", "neat", "nimble", "placid",
        "plain", "polite", "proud", "quick", "quiet", "rapid", "ready", "rustic", "sharp", "silver", "sleek", "sober", "solid", "spry", "steady",
        "sturdy", "subtle", "sunny", "swift", "tidy", "vivid", "warm", "wise",
    ]
    private static let things = [
        "adze", "anvil", "auger", "awl", "beam", "bench", "bevel", "birch", "bolt", "brace", "burl", "cedar", "chisel", "clamp", "dowel", "drill",
        "elm", "file", "gauge", "glue", "gouge", "grain", "hammer", "hinge", "joint", "joist", "kerf", "knot", "lathe", "level", "mallet", "maple",
        "mitre", "oak", "pine", "plane", "plank", "rasp", "ridge", "rivet", "rule", "saw", "scribe", "shim", "spoke", "square", "tenon", "timber",
        "vice", "walnut", "wedge", "willow",
    ]
}
