import TenonCore

/// The parameters of the codec planes: width, rotation, and for each chunk the number of bytes since the last start of an element.
///
/// As bytes: width, rotation, one phase for each chunk.
struct PlanesParameters: Equatable {
    let width: Int
    let rotation: Int
    /// For each chunk: how far into an element it begins; less than `width`.
    let phases: [UInt8]

    init(layout: ElementLayout, chunks: [BlockChunk]) {
        width = layout.width
        rotation = layout.rotation
        // The width is a power of two, so differences modulo 2^64 keep their value modulo the width.
        phases = chunks.map { UInt8(truncatingIfNeeded: ($0.fileOffset &- layout.origin) & UInt64(layout.width - 1)) }
    }

    /// Reads parameters of a block of `chunkCount` chunks. Throws `corrupt` for any value that the format does not have.
    init(parsing bytes: [UInt8], chunkCount: Int) throws(TenonError) {
        guard bytes.count == 2 + chunkCount else {
            throw PlanesParameters.refusal("there are \(bytes.count) bytes for \(chunkCount) chunks")
        }
        guard let layout = ElementLayout(width: Int(bytes[0]), rotation: Int(bytes[1])) else {
            throw PlanesParameters.refusal("width \(bytes[0]), rotation \(bytes[1])")
        }
        width = layout.width
        rotation = layout.rotation
        phases = Array(bytes[2...])
        guard phases.allSatisfy({ Int($0) < layout.width }) else {
            throw PlanesParameters.refusal("a phase is not below the width")
        }
    }

    var bytes: [UInt8] { [UInt8(width), UInt8(rotation)] + phases }

    private static func refusal(_ cause: String) -> TenonError {
        TenonError(.corrupt, "parameters of the codec planes are refused", cause: cause)
    }
}
