import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

/// Takes away what a stage made before, or brings what it made in another run. Nothing is lost by it: what lies there is stored first, and what no
/// commit names is listed by `tenon recover`.
struct StageOutputs<R: WorkTreeRequest> {
    let job: Job<R>
    let stage: Stage
    let survey: Survey
    let compression: CompressionChoice

    private var mover: Mover { Mover(tree: job.tree, store: job.store, sink: job.sink) }

    /// Throws for outputs that could not be tracked when the command has ended.
    func requireUsable() throws {
        for output in stage.outputs {
            let what = "'\(output.path)' can't be an output of the stage '\(stage.name)'"
            switch try job.tree.files.kind(of: output.path) {
            case .file, .absent: break
            case .directory:
                // It would be taken away before the command runs: code, as likely as not.
                guard !output.isKeptInGit, try job.tree.isTrackedByGit(output.path) else { break }
                throw TenonError(
                    .conflict, what, cause: "Git tracks files in it",
                    hint: "if the stage makes them all: '{ \(output.path): { cache: false } }', or git rm -r --cached \(output.path)")
            case .symlink: throw TenonError(.invalidArgument, what, cause: "it is a symbolic link", hint: "name what it points to")
            case .special(let kind): throw TenonError(.invalidArgument, what, cause: "it is a \(kind)")
            case .blocked(let ancestor, let isSymlink):
                throw TenonError(.invalidArgument, what, cause: "'\(ancestor)' is \(isSymlink ? "a symbolic link" : "not a directory")")
            }
            if let other = survey.records.first(where: {
                $0.isNamed && $0.path != output.path && ($0.path.isWithin(output.path) || output.path.isWithin($0.path))
            }) {
                let isInside = output.path.isWithin(other.path)
                throw TenonError(
                    .conflict, what, cause: isInside ? "it lies in the artifact '\(other.path)'" : "it holds the artifact '\(other.path)'",
                    hint: isInside ? "name '\(other.path)' as the output" : "name its artifacts as outputs, or 'tenon untrack \(other.path)'")
            }
            if let record = survey[output.path], record.isConflicted {
                throw TenonError(
                    .artifactState, what, cause: "its pointer is in conflict", hint: "tenon restore --ours \(output.path), or --theirs")
            }
        }
    }

    /// Takes away what an earlier run has left, so that what is there afterwards was made by the command.
    func clear() throws {
        for output in stage.outputs {
            if let parent = output.path.parent { try job.tree.files.makeDirectory(parent) }
            guard !output.isPersistent, let data = try job.observe(output.path) else { continue }
            try mover.keep(data, at: output.path)
            job.meter.begin(.writing, output.path.description)
            _ = try job.store.remove(try job.tree.place(output.path), discard: false, progress: job.sink)
        }
    }

    /// Brings the outputs of a recorded run. Throws `missingContent`, with nothing changed, if some can't be had.
    func bring(_ record: RunRecord) throws -> [RestoredArtifact] {
        let made = Dictionary(record.outputs.map { ($0.path, $0.pointer) }) { first, _ in first }
        for output in stage.outputs {
            guard let pointer = made[output.path.bytes] else {
                throw TenonError(.missingContent, "'\(output.path)' can't be brought", cause: "the record does not have it")
            }
            if record.contents[output.path.bytes] == nil { try mover.requireStored(pointer, at: output.path) }
        }
        var bases = survey.bases
        var restored: [RestoredArtifact] = []
        for output in stage.outputs {
            try job.checkCancellation()
            guard let pointer = made[output.path.bytes] else { continue }
            let data = try job.observe(output.path)
            if data?.sameContent(as: pointer) == true { continue }
            job.meter.begin(.writing, output.path.description)
            if try output.isKeptInGit || job.tree.isTrackedByGit(output.path) {
                restored.append(try bringKept(output.path, pointer, record.contents[output.path.bytes], from: data))
            } else {
                var target = pointer
                target.run = try job.tree.runThatMade(pointer)
                let known = survey[output.path] ?? ArtifactRecord(path: output.path)
                if let present = known.pointerFile.pointer, present.sameContent(as: pointer) { target = present }
                restored.append(try mover.bring(known, from: data, to: target, discard: false, bases: &bases))
            }
        }
        return restored
    }

    /// A file that Git keeps: its bytes are in the store, or in the record.
    private func bringKept(_ path: RelativePath, _ pointer: Pointer, _ bytes: [UInt8]?, from data: Pointer?) throws -> RestoredArtifact {
        if let data { try mover.keep(data, at: path) }
        if job.store.isStored(pointer) {
            return RestoredArtifact(
                path, try job.store.checkout(pointer, at: try job.tree.place(path), only: [], discard: false, mask: job.tree.mask, progress: job.sink)
            )
        }
        guard let bytes, OID(SHA256Hasher.hash(bytes)) == pointer.oid else {
            throw TenonError(.missingContent, "'\(path)' can't be brought", cause: "the record does not have its bytes")
        }
        _ = try job.store.remove(try job.tree.place(path), discard: false, progress: job.sink)
        try job.tree.files.replace(path, with: bytes)
        return RestoredArtifact(path: WirePath(path), filesWritten: 1, filesRemoved: 0, bytesWritten: UInt64(bytes.count))
    }

    /// Makes artifacts of the outputs that lie there and are none.
    func track(by run: RunID?) throws {
        let untracked = try stage.outputs.filter { output in
            guard !output.isKeptInGit else { return false }
            if let record = survey[output.path], record.isNamed, record.staged != nil, record.isPointerUnmoved,
                try job.observe(output.path).map({ record.pointerFile.pointer?.sameContent(as: $0) == true }) ?? false
            {
                return false
            }
            return try !job.tree.isTrackedByGit(output.path)
        }.map(\.path)
        guard !untracked.isEmpty else { return }
        var addition = try Addition(job: job, stages: true, isDryRun: false, compression: compression)
        if let run { for path in untracked { addition.runs[path] = run } }
        try addition.add(untracked)
    }
}
