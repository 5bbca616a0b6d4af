import Glibc
import TenonAPI
import TenonClient

extension ExperimentApplication {
    /// A `.gitignore` that the experiment has changed. Both sides' lines are taken, as Git's merges do (docs/decisions/ignore-files.md): Tenon writes a
    /// line for each artifact there, so that any two experiments would be in each other's way.
    struct IgnoreFile {
        let path: [UInt8]
        /// Blobs, by their ids: as the experiment found it, if it did, and as it has it.
        let before: [UInt8]?
        let after: [UInt8]

        /// - Parameter change: as `git diff-tree --raw` tells it; `nil` of another file, or one that is not plain.
        init?(_ path: [UInt8], change: [UInt8]) {
            let name = Array(".gitignore".utf8)
            guard path == name || path.suffix(name.count + 1).elementsEqual("/.gitignore".utf8) else { return nil }
            let words = change.split(separator: UInt8(ascii: " ")).map { Array($0) }
            guard words.count == 5, words[1].starts(with: Array("100".utf8)) else { return nil }
            self.path = path
            before = words[0].starts(with: Array(":100".utf8)) ? words[2] : nil
            after = words[3]
        }

        /// The lines that are here, and those that the experiment added.
        static func merged(_ here: [UInt8], before: [UInt8], after: [UInt8]) -> [UInt8] {
            if here == before { return after }
            var known = Set((here + [0x0A] + before).split(separator: 0x0A))
            var result = here
            if let last = result.last, last != 0x0A { result.append(0x0A) }
            for line in after.split(separator: 0x0A) where known.insert(line).inserted { result += line + [0x0A] }
            return result
        }
    }

    /// Writes and stages it. Git reads and writes the file itself, so that line ends are as the repository has them.
    func addLines(of file: IgnoreFile) throws(TenonError) {
        func git(_ words: String..., path: [[UInt8]] = [], input: [UInt8]? = nil) throws(TenonError) -> GitCommand.Output {
            try run(words.map { Array($0.utf8) } + path, input: input)
        }
        func blob(_ id: [UInt8]) throws(TenonError) -> [UInt8] { try git("cat-file", "blob", path: [id]).standardOutput }
        let before = try file.before.map { id throws(TenonError) in try blob(id) } ?? []
        var here: [UInt8] = []
        if mode(of: file.path) != nil { here = try blob(git("hash-object", "-w", "--", path: [file.path]).line) }
        let bytes = IgnoreFile.merged(here, before: before, after: try blob(file.after))
        let id = try git("hash-object", "-w", "--stdin", input: bytes).line
        _ = try git("update-index", "--add", "--cacheinfo", path: [Array("100644,".utf8) + id + [UInt8(ascii: ",")] + file.path])
        _ = try git("checkout-index", "--force", "--index", "--", path: [file.path])
    }
}
