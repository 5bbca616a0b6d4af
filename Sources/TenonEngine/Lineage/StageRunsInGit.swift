import TenonCore
import TenonFormat
import TenonGit
import TenonStore

/// Runs of stages whose results are all kept in Git, metrics most often: no pointer leads to them, and they spare others the work as those of artifacts do.
extension WorkTree {
    /// So many commits are looked at for what a stage made.
    static let stageHistoryLimit = 1000
    /// What is larger is no result that is kept in Git, in bytes.
    private static let resultLimit = 1 << 20

    /// What commits from `starts` on have at the outputs of a stage; nothing if one of these is an artifact.
    func resultsInGit(of stage: Stage, from starts: [GitObjectID]) throws -> [Pointer] {
        guard !stage.outputs.isEmpty, stage.outputs.allSatisfy(\.isKeptInGit) else { return [] }
        var trees: Set<GitObjectID> = []
        var blobs: Set<GitObjectID> = []
        var count = 0
        try forEachCommit(from: starts) { commit in
            if trees.insert(commit.tree).inserted {
                for output in stage.outputs {
                    guard let entry = try repository.entry(at: output.path.bytes, inTree: commit.tree), entry.mode.isFile else { continue }
                    blobs.insert(entry.id)
                }
            }
            count += 1
            return count < WorkTree.stageHistoryLimit
        }
        return blobs.sorted().compactMap { blob in
            // A partial clone may lack some.
            guard let bytes = try? repository.blob(blob, limit: WorkTree.resultLimit) else { return nil }
            return .file(oid: OID(SHA256Hasher.hash(bytes)), size: UInt64(bytes.count))
        }
    }

    /// This repository's runs of stages whose results are all kept in Git, as HEAD's history has them, each with the result by which it is found.
    func stageRunsInGit() throws -> [(id: RunID, run: RunRecord, result: RecordLink)] {
        let prefix = context.prefix.bytes
        // Who pushes need not have a pipeline that is as it should be.
        guard let head = try headCommit(),
            let pipeline = (try? Pipeline.read(self, directory: prefix.isEmpty ? nil : try RelativePath(bytes: prefix))) ?? nil
        else { return [] }
        var own = try OwnRecords(self)
        var found: [(id: RunID, run: RunRecord, result: RecordLink)] = []
        for stage in pipeline.stages {
            for link in try resultsInGit(of: stage, from: [head]).map({ RecordLink($0) }) {
                for id in try engine.store.records(link, type: RunRecord.predicateType) where try own.contains(id) {
                    guard let run = try? engine.store.run(id), run.isSuccess, run.definition.stage?.name == stage.name else { continue }
                    found.append((id, run, link))
                }
            }
        }
        return found
    }
}
