import TenonAPI
import TenonCore
import TenonGit

extension WorkTree {
    /// A path of a request, checked. A slash at its end is dropped; the pointer of an artifact stands for the artifact.
    /// Throws `invalidArgument` for a path that leaves the work tree, enters `.git`, or is the top itself.
    func artifactPath(_ wire: WirePath) throws -> RelativePath {
        var bytes = wire.bytes
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        if bytes.first == UInt8(ascii: "/") || bytes == Array("..".utf8) || bytes.starts(with: Array("../".utf8)) {
            throw TenonError(.invalidArgument, "'\(wire)' can't be used", cause: "it lies outside the work tree")
        }
        guard !bytes.isEmpty, bytes != Array(".".utf8) else {
            throw TenonError(
                .invalidArgument, "the top of the work tree can't be an artifact", cause: "code and pointers lie there",
                hint: "name a file or directory below it")
        }
        let path = try RelativePath(bytes: bytes)
        if let artifact = PointerName.artifactPath(ofPointerAt: bytes), try files.kind(of: path) == .file || isInIndex(path) {
            return artifact
        }
        return path
    }

    /// The paths of a request by which artifacts are selected. The top stands for all, which is an empty list.
    func selection(_ wires: [WirePath]) throws -> [RelativePath] {
        if wires.contains(where: { $0.bytes.isEmpty || $0.bytes == Array(".".utf8) || $0.bytes == Array("./".utf8) }) { return [] }
        return try wires.map(artifactPath)
    }
}
