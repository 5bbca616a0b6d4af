/// Reads commit and tag objects.
enum CommitParser {
    /// Throws `corrupt` if the object is no commit as Git writes them.
    static func commit(_ id: GitObjectID, _ bytes: [UInt8]) throws -> CommitInfo {
        var tree: GitObjectID?
        var parents: [GitObjectID] = []
        var author: GitSignature?
        var committer: GitSignature?
        let body = forEachHeader(bytes) { key, value in
            if key.elementsEqual("tree".utf8) && tree == nil { tree = GitObjectID(hexBytes: value) }
            if key.elementsEqual("parent".utf8), let parent = GitObjectID(hexBytes: value) { parents.append(parent) }
            if key.elementsEqual("author".utf8) && author == nil { author = SignatureParser.signature(value) }
            if key.elementsEqual("committer".utf8) && committer == nil { committer = SignatureParser.signature(value) }
        }
        guard let tree, tree.format == id.format, parents.allSatisfy({ $0.format == id.format }), let author, let committer else {
            throw ObjectError.damaged(id, .commit)
        }
        return CommitInfo(
            id: id, tree: tree, parents: parents, author: author, committer: committer, message: SignatureParser.decode(bytes[body...]))
    }

    /// What a tag names.
    static func tagged(_ id: GitObjectID, _ bytes: [UInt8]) throws -> GitObjectID {
        var object: GitObjectID?
        _ = forEachHeader(bytes) { key, value in
            if key.elementsEqual("object".utf8) && object == nil { object = GitObjectID(hexBytes: value) }
        }
        guard let object else { throw ObjectError.damaged(id, .tag) }
        return object
    }

    /// Gives each header line to `body` and returns where the message begins. Continuation lines (signatures) are passed over.
    private static func forEachHeader(_ bytes: [UInt8], _ body: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Void) -> Int {
        var position = 0
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            if end == position { return end + 1 }
            if bytes[position] != 0x20, let space = bytes[position..<end].firstIndex(of: 0x20) {
                body(bytes[position..<space], bytes[(space + 1)..<end])
            }
            position = end + 1
        }
        return bytes.count
    }
}
