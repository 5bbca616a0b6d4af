import TenonAPI

/// `tenon ls`: a line for each entry as it comes.
enum ListText {
    static func entry(_ entry: ListedEntry, _ presentation: Presentation) -> [UInt8] {
        let size = entry.kind == .directory ? "" : Quantity.bytes(entry.size)
        var line = String(repeating: " ", count: max(0, 11 - size.count)) + size
        line += "  \(mark(entry.kind))  \(presentation.name(entry.path))"
        switch entry.kind {
        case .tree, .directory: line += "/"
        case .symlink: line += entry.target.map { " -> \($0)" } ?? ""
        case .file, .executable: break
        }
        if presentation.isVerbose, let oid = entry.oid { line += "  \(presentation.style.dim(oid))" }
        return Array((line + "\n").utf8)
    }

    /// A line as `sha256sum` prints it and `sha256sum -c` reads it; nothing for what is no regular file.
    ///
    /// A name with a backslash, newline or carriage return is escaped and its line starts with a backslash (coreutils manual, *md5sum
    /// invocation*).
    static func checksum(_ entry: ListedEntry, _ presentation: Presentation) -> [UInt8] {
        guard entry.kind == .file || entry.kind == .executable, let oid = entry.oid else { return [] }
        let name = presentation.relative(entry.path)
        var escaped: [UInt8] = []
        for byte in name {
            switch byte {
            case UInt8(ascii: "\\"): escaped += Array("\\\\".utf8)
            case UInt8(ascii: "\n"): escaped += Array("\\n".utf8)
            case UInt8(ascii: "\r"): escaped += Array("\\r".utf8)
            default: escaped.append(byte)
            }
        }
        let digits = oid.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst()
        return (escaped.count == name.count ? [] : [UInt8(ascii: "\\")]) + digits + Array("  ".utf8) + escaped + [UInt8(ascii: "\n")]
    }

    static func summary(_ reply: ListRequest.Reply, _ presentation: Presentation) -> String {
        presentation.isVerbose ? "\(Quantity.count(reply.entries, "entry", plural: "entries")), \(Quantity.bytes(reply.bytes))\n" : ""
    }

    private static func mark(_ kind: ListedEntry.Kind) -> String {
        switch kind {
        case .file: "-"
        case .executable: "x"
        case .symlink: "l"
        case .directory: "d"
        case .tree: "t"
        }
    }
}
