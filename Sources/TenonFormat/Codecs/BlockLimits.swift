/// Lengths that bound blocks and chunks.
package enum BlockLimits {
    /// Readers accept chunks and blocks up to this and refuse longer ones.
    package static let maximumRawLength = 16 << 20
    /// Writers end a block of chunks of large files here.
    package static let dataBlockLength = 4 << 20
    /// Writers end a block of small files here.
    package static let smallFilesBlockLength = 1 << 20
    /// Writers end a block of metadata here.
    package static let metadataBlockLength = 128 << 10
}
