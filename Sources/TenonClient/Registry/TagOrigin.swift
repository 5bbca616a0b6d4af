/// Who made a tag, when, as it says itself.
package struct TagOrigin: Codable, Hashable, Sendable {
    package var name: String
    package var email: String
    /// Seconds since 1970, and the offset from UTC in minutes.
    package var time: Int64
    package var offset: Int
    /// How it is signed, not whether that is right.
    package var signature: TagSignature?

    init(_ tag: TagObject) {
        name = tag.tagger
        email = tag.email
        time = tag.time
        offset = tag.offset
        signature = tag.signature
    }
}
