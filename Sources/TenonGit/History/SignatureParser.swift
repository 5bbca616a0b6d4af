/// Reads `name <email> SP seconds SP offset`, as commits, tags and reflogs have it, with the patience that old repositories need.
enum SignatureParser {
    static func signature(_ bytes: ArraySlice<UInt8>) -> GitSignature {
        // From the end: names hold anything.
        guard let close = bytes.lastIndex(of: UInt8(ascii: ">")) else {
            return GitSignature(name: text(bytes), email: "", time: 0, offset: 0)
        }
        let open = bytes[..<close].lastIndex(of: UInt8(ascii: "<"))
        let name = open.map { text(bytes[..<$0]) } ?? ""
        let email = text(bytes[(open.map { $0 + 1 } ?? bytes.startIndex)..<close])
        let words = bytes[(close + 1)...].split(separator: 0x20)
        let time = words.first.flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
        let offset = words.count > 1 ? minutes(words[1]) : 0
        return GitSignature(name: name, email: email, time: time, offset: offset)
    }

    /// `+0130` is 90.
    private static func minutes(_ word: ArraySlice<UInt8>) -> Int {
        guard let value = Int(String(decoding: word, as: UTF8.self)), abs(value) <= 9_999 else { return 0 }
        return value.signum() * (abs(value) / 100 * 60 + abs(value) % 100)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        var trimmed = bytes
        while trimmed.last == 0x20 { trimmed.removeLast() }
        while trimmed.first == 0x20 { trimmed.removeFirst() }
        return decode(trimmed)
    }

    /// UTF-8, or Latin-1 where the bytes are not UTF-8: every byte gives something to show.
    static func decode(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(Unicode.Scalar(byte)) }
        return String(text)
    }
}
