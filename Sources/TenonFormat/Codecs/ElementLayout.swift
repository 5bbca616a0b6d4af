/// How numbers lie in a file, as its header says or as probing found.
package struct ElementLayout: Hashable, Sendable {
    /// Bytes of an element: 2, 4 or 8.
    package let width: Int
    /// Bits by which each element is rotated left before it is split: 1 for floats (the exponent then fills one byte), 0 for integers.
    package let rotation: Int
    /// Offset in the file of some element, from which all others are whole elements away.
    package let origin: UInt64

    /// `nil` for a width or rotation that the format does not have.
    package init?(width: Int, rotation: Int, origin: UInt64 = 0) {
        guard [2, 4, 8].contains(width), [0, 1].contains(rotation) else { return nil }
        self.width = width
        self.rotation = rotation
        self.origin = origin
    }
}
