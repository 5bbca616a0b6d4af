/// The lines that keep pointers from being changed or merged as text.
enum Attributes {
    /// For the tracked `.gitattributes`: without Tenon a conflict keeps one whole side, with no markers, no CRLF, no LFS filter.
    static let trackedLine = Array("*.tenon -text -merge -filter".utf8)

    /// For `info/attributes`, which wins over every tracked file, a deeper `*.tenon` pattern or `git lfs track 'data/**'` included.
    ///
    /// The drivers are named only where Git is told what they are: an unknown merge driver means a text merge, with markers in the pointer.
    static func localLine(mergeDriver: Bool, diffDriver: Bool) -> [UInt8] {
        Array("*.tenon -text -filter\(mergeDriver ? " merge=tenon" : "")\(diffDriver ? " diff=tenon" : "")".utf8)
    }

    /// Whether `line` is one that `localLine` gives, of this or another answer.
    static func isLocalLine(_ line: some Collection<UInt8>) -> Bool {
        [(false, false), (true, false), (false, true), (true, true)].contains { line.elementsEqual(localLine(mergeDriver: $0.0, diffDriver: $0.1)) }
    }

    /// For `info/attributes`: ignore files are lists, of which both sides' lines are wanted.
    static let unionLine = Array(".gitignore merge=union".utf8)

    /// For `info/exclude`: where temporary files lie, beside what they become.
    static let temporaryLine = Array("\(WorkTreeFiles.temporaryDirectory)/".utf8)
}
