import TenonCore

/// The rules of `RelativePath` for paths by the ten thousand: most are settled in one pass over their bytes, the rest ask `RelativePath`.
enum PathCheck {
    /// The rule that `path` breaks, or `nil` if it is a good path. Its first `known` bytes are those of a path that has been found good.
    static func reasonToRefuse(_ path: UnsafeRawBufferPointer, known: Int = 0) -> String? {
        isPlain(path, known: known) ? nil : RelativePath.reasonToRefuse(path)
    }

    /// Whether `path` is certainly good. A component that could have anything to do with `.`, `..` or `.git` is not plain.
    private static func isPlain(_ path: UnsafeRawBufferPointer, known: Int) -> Bool {
        guard !path.isEmpty, path.count <= RelativePath.maximumLength else { return false }
        // Whole components that both paths share need no second look.
        var start = min(known, path.count)
        while start > 0, path[start - 1] != UInt8(ascii: "/") { start -= 1 }
        for index in start...path.count {
            if index < path.count {
                let byte = path[index]
                if byte == 0 || byte == 0x0A { return false }
                if byte != UInt8(ascii: "/") { continue }
            }
            let length = index - start
            guard length >= 1, length <= RelativePath.maximumComponentLength else { return false }
            switch path[start] {
            case UInt8(ascii: "."), 0xE2, 0xEF: return false
            case UInt8(ascii: "g"), UInt8(ascii: "G"):
                // Only `git~1` and its like; `GitName` starts from the same first bytes.
                if length >= 2, path[start + 1] | 0x20 == UInt8(ascii: "i") { return false }
            default: break
            }
            start = index + 1
        }
        return true
    }
}
