import TenonCore

/// An annotated tag as Git stores it: https://git-scm.com/docs/git-mktag. Written by anybody.
struct TagObject {
    /// The object that is tagged, and its type.
    var object: String
    var type: String
    /// What the tag was called when it was made: part of what is signed, which the reference's name is not.
    var name: String
    var tagger: String
    var email: String
    /// Seconds since 1970, and the offset from UTC in minutes.
    var time: Int64
    var offset: Int
    /// Without the signature.
    var message: [UInt8]
    var signature: TagSignature?

    /// A longer tag is not read.
    static let maximumLength = 64 << 10

    init(parsing bytes: [UInt8]) throws(TenonError) {
        let lineFeed = UInt8(ascii: "\n")
        guard bytes.count <= TagObject.maximumLength else { throw TagObject.refused("it is longer than \(TagObject.maximumLength) bytes") }
        var headers: [String: ArraySlice<UInt8>] = [:]
        var rest = bytes[...]
        while let end = rest.firstIndex(of: lineFeed), end > rest.startIndex {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            // Lines of a header that goes on, which none of ours does.
            if line.first == UInt8(ascii: " ") { continue }
            guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { throw TagObject.refused("a header has no value") }
            let key = String(decoding: line[..<space], as: UTF8.self)
            guard headers.updateValue(line[(space + 1)...], forKey: key) == nil else { throw TagObject.refused("a header is there twice") }
        }
        func text(_ key: String) throws(TenonError) -> String {
            guard let value = headers[key], let text = String(validating: value, as: UTF8.self) else { throw TagObject.refused("it has no '\(key)'") }
            return text
        }
        object = try text("object")
        type = try text("type")
        name = try text("tag")
        (tagger, email, time, offset) = try TagObject.signer(headers["tagger"] ?? [])
        let body = Array(rest.dropFirst())
        let (end, kind) = TagSignature.start(in: body)
        message = Array(body[..<end])
        signature = kind
    }

    private static func signer(_ line: ArraySlice<UInt8>) throws(TenonError) -> (String, String, Int64, Int) {
        guard let open = line.lastIndex(of: UInt8(ascii: "<")), let close = line.lastIndex(of: UInt8(ascii: ">")), open < close else {
            throw refused("it does not say who made it")
        }
        let name = line[..<open].reversed().drop { $0 == UInt8(ascii: " ") }.reversed()
        let words = String(decoding: line[(close + 1)...], as: UTF8.self).split(separator: " ")
        guard words.count == 2, let time = Int64(words[0]), let zone = Int(words[1]), (-2359...2359).contains(zone) else {
            throw refused("it does not say when it was made")
        }
        return (displayName(name), displayName(line[(open + 1)..<close]), time, zone / 100 * 60 + zone % 100)
    }

    static func refused(_ cause: String) -> TenonError { TenonError(.corrupt, "the tag is refused", cause: cause) }
}
