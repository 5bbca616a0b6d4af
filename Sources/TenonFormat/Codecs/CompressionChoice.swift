/// Which codecs an encoder may use; `store.compression` in `tenon.yaml`.
package enum CompressionChoice: String, Sendable, Codable, CaseIterable {
    /// What probing finds best.
    case auto
    case zstd
    case zlib
    case none
}
