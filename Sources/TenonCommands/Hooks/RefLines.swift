import Glibc
import TenonAPI
import TenonHooks

/// The references that Git names on a hook's standard input, one a line; those that publish nothing are left out.
enum RefLines {
    /// More is refused: about 400,000 references.
    private static let maximumLength = 64 << 20

    /// `pre-push`: `local-ref SP local-id SP remote-ref SP remote-id`.
    static func pushed() throws(TenonError) -> [RefUpdate] { try pushed(try input(.prePush)) }

    static func pushed(_ bytes: [UInt8]) throws(TenonError) -> [RefUpdate] {
        try updates(bytes, .prePush, "'LOCAL-REF ID REMOTE-REF ID'") { words in
            guard words.count == 4, let new = identifier(words[1]), let old = identifier(words[3]) else { return nil }
            return RefUpdate(name: WirePath(bytes: Array(words[2])), old: old, new: new)
        }
    }

    /// `reference-transaction`: `old-value SP new-value SP ref`.
    static func transaction() throws(TenonError) -> [RefUpdate] { try transaction(try input(.referenceTransaction)) }

    static func transaction(_ bytes: [UInt8]) throws(TenonError) -> [RefUpdate] {
        try updates(bytes, .referenceTransaction, "'OLD NEW REF'") { words in
            guard words.count == 3, let old = value(words[0]), let new = value(words[1]) else { return nil }
            // A value may be `ref:NAME`: a symbolic reference makes nothing reachable that is not so already.
            let zeros = String(repeating: "0", count: max(old.utf8.count, new.utf8.count, 40))
            return RefUpdate(name: WirePath(bytes: Array(words[2])), old: old.isEmpty ? zeros : old, new: new.isEmpty ? zeros : new)
        }
    }

    private static func input(_ hook: GitHook) throws(TenonError) -> [UInt8] {
        guard let bytes = InputStream.bytes(STDIN_FILENO, limit: maximumLength) else {
            throw TenonError(
                .invalidArgument, "\(hook.rawValue) can't be checked", cause: "its standard input can't be read, or has more than 64 MiB",
                hint: "move fewer references at once")
        }
        return bytes
    }

    private static func updates(
        _ bytes: [UInt8], _ hook: GitHook, _ form: String, _ read: ([ArraySlice<UInt8>]) -> RefUpdate?
    ) throws(TenonError) -> [RefUpdate] {
        guard bytes.isEmpty || bytes.last == UInt8(ascii: "\n") else { throw malformed(hook, "its standard input is cut short") }
        var updates: [RefUpdate] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().enumerated() {
            let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard let update = read(words), !update.name.bytes.isEmpty else {
                throw malformed(hook, "line \(number + 1) of its standard input is not \(form): '\(displayName(line.prefix(200)))'")
            }
            if update.new != update.old, !update.new.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) { updates.append(update) }
        }
        return updates
    }

    private static func malformed(_ hook: GitHook, _ cause: String) -> TenonError {
        TenonError(.invalidArgument, "\(hook.rawValue) can't be checked", cause: cause)
    }

    private static func identifier(_ word: ArraySlice<UInt8>) -> String? {
        let isHexadecimal = word.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return isHexadecimal && (word.count == 40 || word.count == 64) ? String(decoding: word, as: UTF8.self) : nil
    }

    /// An identifier, or nothing for a symbolic value.
    private static func value(_ word: ArraySlice<UInt8>) -> String? {
        word.starts(with: "ref:".utf8) ? "" : identifier(word)
    }
}
