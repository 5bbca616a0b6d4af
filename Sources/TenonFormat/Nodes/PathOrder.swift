import TenonCore

/// Checks that paths come in byte order, none twice, none below another that is an entry itself.
///
/// Entries that may still turn out to have something below them are those that the last path begins with; their lengths are kept, not their bytes.
struct PathOrder {
    /// What is wrong with a path in its place.
    enum Problem: String {
        case duplicate = "a path comes twice"
        case order = "its paths are out of order"
        case belowEntry = "a path lies below another entry that is not a directory of its own"
    }

    /// Lengths of entries that the last one begins with, the last one's own at the end.
    private var prefixes: [Int] = []
    /// Bytes that the last two paths begin with alike.
    private(set) var sharedLength = 0

    /// Takes the path after `previous`, which is empty before the first one; returns what is wrong with it, if anything.
    mutating func accept(_ path: UnsafeRawBufferPointer, after previous: UnsafeRawBufferPointer) -> Problem? {
        sharedLength = 0
        if !previous.isEmpty {
            let common = PathOrder.commonLength(previous, path)
            sharedLength = common
            if common == path.count { return common == previous.count ? .duplicate : .order }
            if common < previous.count, path[common] < previous[common] { return .order }
            while let last = prefixes.last, last > common { prefixes.removeLast() }
            // Those before the last can't be a directory of this path: the last one begins with them and was accepted.
            if let last = prefixes.last, path[last] == UInt8(ascii: "/") { return .belowEntry }
        }
        prefixes.append(path.count)
        return nil
    }

    /// Forgets all but `path`, after which entries were passed over unread.
    mutating func skip(to path: UnsafeRawBufferPointer) {
        prefixes.removeAll(keepingCapacity: true)
        if !path.isEmpty { prefixes.append(path.count) }
    }

    private static func commonLength(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let bound = min(left.count, right.count)
        var index = 0
        while index + 8 <= bound {
            let difference =
                left.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
                ^ right.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
            if difference != 0 { return index + difference.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bound, left[index] == right[index] { index += 1 }
        return index
    }
}
