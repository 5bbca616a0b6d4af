import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// Finds what a path of a run means: an artifact, the artifacts below it, a file that Git tracks, or data that nobody tracks yet.
struct RunContents<R: WorkTreeRequest> {
    let job: Job<R>
    let survey: Survey
    let compression: CompressionChoice

    struct Place: Hashable {
        enum Owner: Hashable {
            case artifact, git, nobody
        }

        var path: RelativePath
        var owner: Owner
    }

    /// What lies at `path` now; nothing: nothing does.
    func find(_ path: RelativePath) throws -> [Place] {
        let artifacts = survey.records.filter { $0.isNamed && $0.path.isWithin(path) }
        if !artifacts.isEmpty {
            return try artifacts.filter { try job.tree.files.kind(of: $0.path) != .absent }.map { Place(path: $0.path, owner: .artifact) }
        }
        guard try job.tree.files.kind(of: path) != .absent else { return [] }
        // A file inside an artifact is data of its own.
        if survey.artifact(around: path) != nil { return [Place(path: path, owner: .artifact)] }
        return [Place(path: path, owner: try job.tree.isTrackedByGit(path) ? .git : .nobody)]
    }

    /// Stores what lies there, and returns its pointer.
    func keep(_ place: Place) throws -> Pointer {
        job.meter.begin(.storing, place.path.description)
        return try Pointer(try job.store.ingest(try job.tree.place(place.path), compression: compression, progress: job.sink).content)
    }
}
