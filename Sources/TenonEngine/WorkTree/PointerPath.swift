import TenonCore
import TenonFormat
import TenonGit

extension RelativePath {
    /// The pointer file of the artifact at this path.
    var pointerPath: RelativePath {
        get throws(TenonError) { try RelativePath(bytes: bytes + PointerName.suffix) }
    }
}
