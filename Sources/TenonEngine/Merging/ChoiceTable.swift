import TenonCore
import TenonFormat
import TenonGit

/// Which side was chosen for conflicted entries of directory artifacts, until the last one of an artifact is settled.
///
/// A choice belongs to one conflict, told by the blobs of the pointer's stages in Git's index and by the operation that made it: in another one it
/// counts for nothing. One text, so that it is replaced as a whole:
/// ```
/// tenon choices 1
/// artifact <path>
/// stages <blob or -> <blob> <blob>
/// operation <what tells this merge, rebase, ... from the same one begun anew>
/// ours <path inside it>
/// theirs <path inside it>
/// end <SHA-256 of all before this line, in hexadecimal>
/// ```
/// A path holds no line feed.
struct ChoiceTable: Equatable {
    /// The choices of one artifact.
    struct Choices: Equatable {
        /// By stage, 1 to 3.
        let stages: [Int: GitObjectID]
        /// As `ChoiceStore.operation` tells it.
        var operation = "-"
        var sides: [ArraySlice<UInt8>: MergeSide] = [:]
    }

    var artifacts: [RelativePath: Choices] = [:]

    static let maximumLength = 1 << 29
    private static let firstLine = Array("tenon choices 1".utf8)

    init() {}

    var bytes: [UInt8] {
        var text = ChoiceTable.firstLine + [0x0A]
        for (artifact, choices) in artifacts.sorted(by: { $0.key < $1.key }) {
            let stages = (1...3).map { choices.stages[$0]?.hex ?? "-" }.joined(separator: " ")
            text += Array("artifact ".utf8) + artifact.bytes + Array("\nstages \(stages)\noperation \(choices.operation)\n".utf8)
            for (path, side) in choices.sides.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                text += Array("\(side.rawValue) ".utf8) + path + [0x0A]
            }
        }
        return text + ChoiceTable.end(of: text[...])
    }

    /// Reads a table; `nil` if a byte of it is not as it was written.
    init?(parsing bytes: [UInt8]) {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty == true, let end = lines.popLast(),
            bytes[end.startIndex...].elementsEqual(ChoiceTable.end(of: bytes[..<end.startIndex])),
            lines.first?.elementsEqual(ChoiceTable.firstLine) == true
        else { return nil }
        var artifact: RelativePath?
        for line in lines.dropFirst() {
            guard let space = line.firstIndex(of: 0x20) else { return nil }
            let value = line[(space + 1)...]
            switch (String(decoding: line[..<space], as: UTF8.self), artifact) {
            case ("artifact", _):
                guard let path = try? RelativePath(bytes: Array(value)) else { return nil }
                artifact = path
            case ("stages", let path?):
                let blobs = value.split(separator: 0x20).map { GitObjectID(hex: String(decoding: $0, as: UTF8.self)) }
                guard blobs.count == 3 else { return nil }
                var stages: [Int: GitObjectID] = [:]
                for (index, blob) in blobs.enumerated() { stages[index + 1] = blob }
                artifacts[path] = Choices(stages: stages)
            case ("operation", let path?):
                guard artifacts[path] != nil else { return nil }
                artifacts[path]?.operation = String(decoding: value, as: UTF8.self)
            case (let key, let path?):
                guard let side = MergeSide(rawValue: key), artifacts[path] != nil else { return nil }
                artifacts[path]?.sides[value] = side
            default: return nil
            }
        }
    }

    private static func end(of text: ArraySlice<UInt8>) -> [UInt8] {
        Array("end \(text.withUnsafeBytes { SHA256Hasher.hash($0) }.hex)\n".utf8)
    }
}
