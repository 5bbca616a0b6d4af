/// The plane split in plain Swift, straight from its definition: what the kernel is tested against.
enum PlainPlanes {
    /// The planes of whole elements, one after the other.
    static func split(_ elements: [UInt8], width: Int, rotation: Int) -> [UInt8] {
        let count = elements.count / width
        var planes = [UInt8](repeating: 0, count: count * width)
        for index in 0..<count {
            var value: UInt64 = 0
            for byte in 0..<width { value |= UInt64(elements[index * width + byte]) << UInt64(8 * byte) }
            value = rotated(value, left: rotation, width: width)
            for plane in 0..<width { planes[plane * count + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * plane)) }
        }
        return planes
    }

    private static func rotated(_ value: UInt64, left rotation: Int, width: Int) -> UInt64 {
        let bits = UInt64(8 * width)
        let mask = UInt64.max >> (64 - bits)
        return (value << UInt64(rotation) | value >> (bits - UInt64(rotation))) & mask
    }
}
