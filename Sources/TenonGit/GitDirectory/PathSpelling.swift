/// Paths as text: no look at the file system.
enum PathSpelling {
    /// Without `.`, `..` and repeated slashes; `..` takes the component before it, whatever that is.
    static func normalised(_ path: [UInt8]) -> [UInt8] {
        var components: [ArraySlice<UInt8>] = []
        for component in path.split(separator: UInt8(ascii: "/")) {
            if component.elementsEqual(".".utf8) { continue }
            if component.elementsEqual("..".utf8) {
                _ = components.popLast()
            } else {
                components.append(component)
            }
        }
        return [UInt8(ascii: "/")] + Array(components.joined(separator: [UInt8(ascii: "/")]))
    }

    /// The directory that an absolute path lies in.
    static func parent(_ path: [UInt8]) -> [UInt8] {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 0 else { return [UInt8(ascii: "/")] }
        return Array(path[..<slash])
    }
}
