/// `std-v1` in plain Swift, straight from its definition: what the kernel is tested against.
enum PlainChunker {
    /// The lengths of all chunks of a file.
    static func cuts(of file: [UInt8]) -> [Int] {
        var lengths: [Int] = []
        var hash: UInt64 = 0
        var length = 0
        for byte in file {
            hash = hash << 1 &+ GearTable.values[Int(byte)]
            length += 1
            let ends =
                switch length {
                case Chunker.minimum..<Chunker.weakFrom: hash < Chunker.strongThreshold
                case Chunker.weakFrom..<Chunker.maximum: hash < Chunker.weakThreshold
                default: length == Chunker.maximum
                }
            if ends {
                lengths.append(length)
                length = 0
            }
        }
        return length > 0 ? lengths + [length] : lengths
    }
}
