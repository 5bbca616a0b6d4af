import TenonCore
import TenonFormat

/// Where in a safetensors file which numbers lie, read from its header.
///
/// The file begins with the header's length as a little-endian u64, then JSON: for each tensor a `dtype` and `data_offsets`, which count from
/// the header's end. What is not as it should be is no safetensors file; the encoder then probes, so a forged header costs compression alone.
struct SafetensorsLayout {
    private struct Part {
        let range: Range<UInt64>
        let width: Int
        let rotation: Int
    }

    /// By their starts; they don't overlap.
    private let parts: [Part]

    private static let maximumParts = 1 << 16
    private static let lengthField = 8

    /// `nil` unless `fileStart` holds a whole good header of a file of `fileSize` bytes.
    init?(fileStart: UnsafeRawBufferPointer, fileSize: UInt64) {
        guard fileStart.count > SafetensorsLayout.lengthField + 2, fileStart[SafetensorsLayout.lengthField] == UInt8(ascii: "{") else { return nil }
        let length = UInt64(littleEndian: fileStart.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(fileStart.count - SafetensorsLayout.lengthField) else { return nil }
        let origin = UInt64(SafetensorsLayout.lengthField) + length
        let text = UnsafeRawBufferPointer(rebasing: fileStart[SafetensorsLayout.lengthField..<Int(origin)])
        var scanner = JSONScanner(text)
        var parts: [Part] = []
        let isGood = scanner.object { name, scanner in
            if name == SafetensorsLayout.metadataName { return scanner.skipValue() }
            var layout: (width: Int, rotation: Int)?
            var offsets: [UInt64] = []
            guard parts.count < SafetensorsLayout.maximumParts else { return false }
            let isGood = scanner.object { key, scanner in
                switch key {
                case SafetensorsLayout.typeName:
                    guard let name = scanner.string() else { return false }
                    layout = SafetensorsLayout.layout(ofType: name)
                    return true
                case SafetensorsLayout.offsetsName:
                    return scanner.array { scanner in
                        guard offsets.count < 2, let number = scanner.integer() else { return false }
                        offsets.append(number)
                        return true
                    }
                default: return scanner.skipValue()
                }
            }
            guard isGood, offsets.count == 2, offsets[0] <= offsets[1], offsets[1] <= fileSize &- origin else { return false }
            if let layout, offsets[0] < offsets[1] {
                parts.append(Part(range: (origin + offsets[0])..<(origin + offsets[1]), width: layout.width, rotation: layout.rotation))
            }
            return true
        }
        guard isGood, !parts.isEmpty else { return nil }
        self.parts = parts.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    private static let metadataName = Array("__metadata__".utf8)
    private static let typeName = Array("dtype".utf8)
    private static let offsetsName = Array("data_offsets".utf8)

    private static func layout(ofType name: [UInt8]) -> (width: Int, rotation: Int)? {
        switch String(decoding: name, as: UTF8.self) {
        case "F64": (8, 1)
        case "F32": (4, 1)
        case "F16", "BF16": (2, 1)
        case "I64", "U64": (8, 0)
        case "I32", "U32": (4, 0)
        case "I16", "U16": (2, 0)
        default: nil
        }
    }

    /// How the numbers lie in most of these chunks' bytes, going by the middle of each; `nil` if the header says nothing about them.
    func layout(of chunks: [BlockChunk]) -> ElementLayout? {
        var weights: [(layout: ElementLayout, bytes: UInt64)] = []
        for chunk in chunks {
            guard let part = part(at: chunk.fileOffset + UInt64(chunk.length) / 2) else { continue }
            let origin = part.range.lowerBound % UInt64(part.width)
            guard let layout = ElementLayout(width: part.width, rotation: part.rotation, origin: origin) else { continue }
            if let index = weights.firstIndex(where: { $0.layout == layout }) {
                weights[index].bytes += UInt64(chunk.length)
            } else {
                weights.append((layout, UInt64(chunk.length)))
            }
        }
        return weights.max { $0.bytes < $1.bytes }?.layout
    }

    private func part(at offset: UInt64) -> Part? {
        var low = 0
        var high = parts.count
        while low < high {
            let middle = (low + high) / 2
            if parts[middle].range.upperBound <= offset { low = middle + 1 } else { high = middle }
        }
        return low < parts.count && parts[low].range.contains(offset) ? parts[low] : nil
    }
}
