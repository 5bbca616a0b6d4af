import TenonAPI

/// What renderers must know of the person who reads: where they stand, what their terminal shows, how much they want to see.
struct Presentation: Sendable {
    var style = Style.plain
    var isVerbose = false
    /// Where the person stands below the top of the work tree.
    var prefix: [UInt8] = []

    /// `path`, which starts at the top, as bytes relative to where the person stands.
    func relative(_ path: WirePath) -> [UInt8] {
        if prefix.isEmpty { return path.bytes }
        let slash = UInt8(ascii: "/")
        let here = prefix.split(separator: slash)
        let there = path.bytes.split(separator: slash)
        var common = 0
        while common < min(here.count, there.count), here[common] == there[common] { common += 1 }
        let components = Array(repeating: Array("..".utf8)[...], count: here.count - common) + there[common...]
        return components.isEmpty ? [UInt8(ascii: ".")] : Array(components.joined(separator: [slash]))
    }

    /// `path` for people: relative to where they stand, escaped.
    func name(_ path: WirePath) -> String { displayName(relative(path)) }

    /// The path of an artifact, with a slash at the end of a directory's.
    func name(_ path: WirePath, _ kind: ArtifactKind?) -> String { kind == .tree ? name(path) + "/" : name(path) }

    /// An oid or commit: the first digits, or all of them for those who want to see more.
    func identifier(_ text: String) -> String {
        if isVerbose { return text }
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return String(text.prefix(10)) }
        return String(text[...colon] + text[text.index(after: colon)...].prefix(12))
    }
}
