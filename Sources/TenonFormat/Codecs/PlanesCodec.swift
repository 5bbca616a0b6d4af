import CKernels
import TenonCore

/// The codec planes: byte k of each number goes to plane k; each plane is cut every 64 KiB, and each segment is stored or is a zstd frame.
///
/// Payload: the stored length of each segment as a little-endian u32, plane after plane; the segments in the same order; the bytes that belong
/// to no whole element, chunk after chunk. A segment whose stored length is its own length is stored; one that is shorter is a frame.
enum PlanesCodec {
    /// Writes the payload for `raw` at the start of `output` and returns its length, or `nil` if it doesn't fit.
    ///
    /// `planes` must have room for all of `raw`.
    static func compress(
        _ raw: UnsafeRawBufferPointer, parameters: PlanesParameters, chunkLengths: [UInt32], planes: UnsafeMutableRawBufferPointer,
        with compressor: ZstdCompressor, into output: UnsafeMutableRawBufferPointer
    ) throws(TenonError) -> Int? {
        let geometry = PlanesGeometry(width: parameters.width, phases: parameters.phases, chunkLengths: chunkLengths.lazy.map(Int.init))
        split(raw, geometry, rotation: parameters.rotation, into: planes)
        var position = 4 * geometry.segmentCount
        guard position + geometry.tailLength <= output.count else { return nil }
        for index in 0..<geometry.segmentCount {
            let range = geometry.segment(index)
            let segment = UnsafeRawBufferPointer(rebasing: planes[range])
            let room = min(output.count - geometry.tailLength - position, segment.count - 1)
            guard room >= 0 else { return nil }
            let place = UnsafeMutableRawBufferPointer(rebasing: output[position..<(position + room)])
            var length = segment.count
            if !NoiseCheck.isNoise(segment), let compressed = try compressor.compress(segment, into: place) {
                length = compressed
            } else {
                guard output.count - geometry.tailLength - position >= length else { return nil }
                UnsafeMutableRawBufferPointer(rebasing: output[position...]).copyMemory(from: segment)
            }
            output.storeBytes(of: UInt32(length).littleEndian, toByteOffset: 4 * index, as: UInt32.self)
            position += length
        }
        for part in geometry.parts {
            for range in [part.start..<(part.start + part.lead), trailRange(part, geometry.width)] where !range.isEmpty {
                UnsafeMutableRawBufferPointer(rebasing: output[position...]).copyMemory(from: UnsafeRawBufferPointer(rebasing: raw[range]))
                position += range.count
            }
        }
        return position
    }

    /// Fills `output` from `payload`. Throws `corrupt` if any length disagrees with the chunks, or a frame is damaged.
    ///
    /// Goes along all planes at once, a segment of each at a time, so that what is decoded is merged while the caches hold it. The chunks' lengths must add
    /// up to the length of `output`.
    static func decompress(
        _ payload: UnsafeRawBufferPointer, parameters: PlanesParameters, chunkLengths: [UInt32], scratch: ScratchBuffer,
        with decompressor: ZstdDecompressor, into output: UnsafeMutableRawBufferPointer
    ) throws(TenonError) {
        let geometry = PlanesGeometry(width: parameters.width, phases: parameters.phases, chunkLengths: chunkLengths.lazy.map(Int.init))
        let segments = try storedSegments(payload, geometry)
        let row = scratch.bytes(geometry.width * PlanesGeometry.segmentLength)
        var planes: [UnsafePointer<UInt8>] = []
        var merger = Merger(geometry: geometry, rotation: parameters.rotation, output: output)
        for index in 0..<geometry.segmentsOfPlane {
            planes.removeAll(keepingCapacity: true)
            var count = 0
            for plane in 0..<geometry.width {
                let segment = plane * geometry.segmentsOfPlane + index
                count = geometry.segment(segment).count
                var bytes = UnsafeRawBufferPointer(rebasing: payload[segments[segment]])
                if bytes.count < count {
                    let start = plane * PlanesGeometry.segmentLength
                    let place = UnsafeMutableRawBufferPointer(rebasing: row[start..<(start + count)])
                    try decompressor.decompress(bytes, into: place)
                    bytes = UnsafeRawBufferPointer(place)
                }
                guard let base = bytes.baseAddress else { throw refusal("it is empty") }
                planes.append(base.assumingMemoryBound(to: UInt8.self))
            }
            merger.merge(planes, count: count)
        }
        var position = payload.count - geometry.tailLength
        for part in geometry.parts {
            for range in [part.start..<(part.start + part.lead), trailRange(part, geometry.width)] where !range.isEmpty {
                let bytes = UnsafeRawBufferPointer(rebasing: payload[position..<(position + range.count)])
                UnsafeMutableRawBufferPointer(rebasing: output[range]).copyMemory(from: bytes)
                position += range.count
            }
        }
    }

    /// Where in the payload each segment lies.
    private static func storedSegments(_ payload: UnsafeRawBufferPointer, _ geometry: PlanesGeometry) throws(TenonError) -> [Range<Int>] {
        var position = 4 * geometry.segmentCount
        guard payload.count >= position + geometry.tailLength else { throw refusal("it is too short for its table of segments") }
        let end = payload.count - geometry.tailLength
        var segments: [Range<Int>] = []
        segments.reserveCapacity(geometry.segmentCount)
        for index in 0..<geometry.segmentCount {
            let length = Int(UInt32(littleEndian: payload.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
            guard length <= geometry.segment(index).count, length <= end - position else { throw refusal("segment \(index) is too long") }
            segments.append(position..<(position + length))
            position += length
        }
        guard position == end else { throw refusal("\(end - position) bytes follow its segments") }
        return segments
    }

    /// Writes whole elements where they belong, one after the other.
    private struct Merger {
        let geometry: PlanesGeometry
        let rotation: Int
        let output: UnsafeMutableRawBufferPointer
        /// The chunk that the next element belongs to, and how many of its elements are written.
        private var part = 0
        private var done = 0

        init(geometry: PlanesGeometry, rotation: Int, output: UnsafeMutableRawBufferPointer) {
            self.geometry = geometry
            self.rotation = rotation
            self.output = output
        }

        /// Merges the next `count` elements; `planes` holds the place in each plane where they begin.
        mutating func merge(_ planes: [UnsafePointer<UInt8>], count: Int) {
            guard let target = output.baseAddress else { return }
            var places: [UnsafePointer<UInt8>?] = planes
            var rest = count
            while rest > 0, part < geometry.parts.count {
                let elements = geometry.parts[part].elements
                let step = min(rest, elements - done)
                if step > 0 {
                    let start = geometry.parts[part].start + geometry.parts[part].lead + done * geometry.width
                    tenon_planes_merge(
                        &places, step, UInt32(geometry.width), UInt32(rotation), (target + start).assumingMemoryBound(to: UInt8.self))
                    for plane in places.indices { places[plane] = places[plane].map { $0 + step } }
                    rest -= step
                    done += step
                }
                if done == elements {
                    part += 1
                    done = 0
                }
            }
        }
    }

    private static func trailRange(_ part: PlanesGeometry.Part, _ width: Int) -> Range<Int> {
        let start = part.start + part.lead + part.elements * width
        return start..<(start + part.trail)
    }

    private static func split(
        _ raw: UnsafeRawBufferPointer, _ geometry: PlanesGeometry, rotation: Int, into planes: UnsafeMutableRawBufferPointer
    ) {
        guard let source = raw.baseAddress, let target = planes.baseAddress else { return }
        var done = 0
        for part in geometry.parts where part.elements > 0 {
            tenon_planes_split(
                (source + part.start + part.lead).assumingMemoryBound(to: UInt8.self), part.elements, UInt32(geometry.width),
                UInt32(rotation), (target + done).assumingMemoryBound(to: UInt8.self), geometry.elementCount)
            done += part.elements
        }
    }

    private static func refusal(_ cause: String) -> TenonError {
        TenonError(.corrupt, "payload of the codec planes is refused", cause: cause)
    }
}
