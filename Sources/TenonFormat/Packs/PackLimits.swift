/// Lengths that bound packs, in bytes.
package enum PackLimits {
    /// Readers accept packs up to this and refuse longer ones.
    package static let maximumPackLength = 1 << 30
    /// Writers end a pack when it has reached this.
    package static let targetPackLength = 64 << 20
    /// Writers make no pack longer than this.
    package static let maximumWrittenPackLength = 128 << 20
    /// Only a pack under this may hold data and metadata.
    package static let mixedPackLength = 1 << 20
    /// What a reader fetches from the end at once, in the hope that it holds the whole footer.
    package static let tailLength = 256 << 10
    /// Readers accept heads of blocks up to this.
    package static let maximumHeadLength = 16 << 20
}
