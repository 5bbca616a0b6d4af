import Crypto

/// The MD5 of content as DVC computes it, over bytes as they are read: blocks of 1 MiB, the last one shorter.
struct DVCHasher {
    /// What DVC reads at once: where a CR LF lies across two blocks, it stays (dvc_data/hashfile/hash.py).
    static let blockLength = 1 << 20

    private var plain = Insecure.MD5()
    /// Only for names of DVC before 3.0, which took text for what its first 512 bytes, or those of each block, look like.
    private var wholeText: Insecure.MD5?
    private var blockText: Insecure.MD5?
    private var isText: Bool?

    init(isLegacy: Bool) {
        guard isLegacy else { return }
        wholeText = Insecure.MD5()
        blockText = Insecure.MD5()
    }

    mutating func update(block: UnsafeRawBufferPointer) {
        plain.update(bufferPointer: block)
        guard wholeText != nil else { return }
        let looksLikeText = DVCHasher.isText(block.prefix(512))
        if isText == nil { isText = looksLikeText }
        let unix = looksLikeText || isText == true ? DVCHasher.withoutReturns(block) : []
        if isText == true { wholeText?.update(data: unix) } else { wholeText?.update(bufferPointer: block) }
        if looksLikeText { blockText?.update(data: unix) } else { blockText?.update(bufferPointer: block) }
    }

    /// Whether what was read is what `digest` names.
    func matches(_ digest: DVCDigest) -> Bool {
        let hashers = digest.isLegacy ? [plain, wholeText, blockText] : [plain]
        return hashers.contains { hasher in
            guard let hasher else { return false }
            return DVCHasher.hex(hasher.finalize()) == digest.hex
        }
    }

    private static func hex(_ digest: Insecure.MD5Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// dvc_data/hashfile/istextfile.py: no NUL, and at most three in ten that are no printable ASCII.
    private static func isText(_ block: UnsafeRawBufferPointer.SubSequence) -> Bool {
        if block.contains(0) { return false }
        let others = block.count { !((32...126).contains($0) || [0x08, 0x09, 0x0A, 0x0C, 0x0D].contains($0)) }
        return Double(others) <= 0.30 * Double(block.count)
    }

    private static func withoutReturns(_ block: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(block.count)
        for (place, byte) in block.enumerated() where !(byte == 0x0D && place + 1 < block.count && block[place + 1] == 0x0A) { result.append(byte) }
        return result
    }
}
