/// Where the bytes of a block's chunks go when it is split into planes.
struct PlanesGeometry {
    /// One chunk: `lead` bytes before its first whole element, `elements` whole ones, `trail` bytes after the last.
    struct Part {
        let start: Int
        let lead: Int
        let elements: Int
        let trail: Int
    }

    /// The length at which planes are cut.
    static let segmentLength = 64 << 10

    let width: Int
    let parts: [Part]
    /// Whole elements in all chunks: the length of each plane.
    let elementCount: Int
    /// Bytes in no whole element.
    let tailLength: Int

    init(width: Int, phases: [UInt8], chunkLengths: some Sequence<Int>) {
        self.width = width
        var parts: [Part] = []
        parts.reserveCapacity(phases.count)
        var start = 0
        var elementCount = 0
        var tailLength = 0
        for (phase, length) in zip(phases, chunkLengths) {
            let lead = min(length, (width - Int(phase)) % width)
            let elements = (length - lead) / width
            let trail = length - lead - elements * width
            parts.append(Part(start: start, lead: lead, elements: elements, trail: trail))
            start += length
            elementCount += elements
            tailLength += lead + trail
        }
        self.parts = parts
        self.elementCount = elementCount
        self.tailLength = tailLength
    }

    var segmentsOfPlane: Int { (elementCount + PlanesGeometry.segmentLength - 1) / PlanesGeometry.segmentLength }

    var segmentCount: Int { segmentsOfPlane * width }

    /// Where segment `index` lies in the planes, one plane after the other.
    func segment(_ index: Int) -> Range<Int> {
        let plane = index / segmentsOfPlane
        let start = index % segmentsOfPlane * PlanesGeometry.segmentLength
        let end = min(start + PlanesGeometry.segmentLength, elementCount)
        return (plane * elementCount + start)..<(plane * elementCount + end)
    }
}
