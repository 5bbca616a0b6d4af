import Synchronization
import TenonCore
import TenonFormat

extension Store {
    /// Proves from the packs that `pointer` is true: its manifest, each file's recipe and chunks, each file's oid, the directory's.
    ///
    /// Calls `finding` for each problem, in the order of the files; each chunk that is damaged or missing is one. Throws only `cancelled`, and what
    /// the disk says.
    package func verify(
        _ pointer: Pointer, memo: inout VerifyMemo, progress: ProgressSink, finding: (VerifyProblem) -> Void
    ) throws {
        if !memo.hasFreshCache {
            for cache in [cache(for: .data), cache(for: .node)] { cache.removeAll() }
            memo.hasFreshCache = true
        }
        progress.expect(bytes: pointer.size, files: pointer.files ?? 1)
        var files: [ProvedFile] = []
        var problems: [VerifyProblem] = []
        if pointer.kind == .file {
            files = [ProvedFile(path: nil, oid: pointer.oid, size: pointer.size)]
        } else {
            do {
                files = try self.files(of: pointer, &problems)
            } catch let error as TenonError where VerifyProblem.Kind(error) != nil {
                problems.append(VerifyProblem(error))
            }
        }
        for problem in problems { finding(problem) }

        var seen = Set(memo.files.keys)
        let unproved = files.filter { seen.insert($0.oid).inserted }
        for (oid, problems) in try prove(unproved, progress) { memo.files[oid] = problems }
        for file in files {
            for var problem in memo.files[file.oid] ?? [] {
                problem.file = file.path
                finding(problem)
            }
        }
    }

    private struct ProvedFile: Sendable {
        var path: [UInt8]?
        var oid: OID
        var size: UInt64
    }

    /// The files that the manifest names; what of the pointer contradicts it goes to `problems`.
    private func files(of pointer: Pointer, _ problems: inout [VerifyProblem]) throws -> [ProvedFile] {
        var files: [ProvedFile] = []
        var hasher = DirectoryHasher()
        var size: UInt64 = 0
        try entries(of: pointer, under: nil) { entry in
            guard entry.isFile else { return }
            hasher.add(path: entry.path, oid: OID(entry.oid))
            size &+= entry.size
            files.append(ProvedFile(path: Array(entry.path), oid: OID(entry.oid), size: entry.size))
        }
        let oid = hasher.finalize()
        if oid != pointer.oid || size != pointer.size || UInt64(files.count) != pointer.files {
            problems.append(
                VerifyProblem(
                    problem: .damaged,
                    detail:
                        "the manifest is of \(oid), \(size) bytes in \(files.count) files; the pointer says \(pointer.oid), \(pointer.size) bytes in "
                        + "\(pointer.files ?? 0)"))
        }
        return files
    }

    /// Proves files on several threads; runs of neighbours go to one thread, because they share blocks.
    private func prove(_ files: [ProvedFile], _ progress: ProgressSink) throws -> [OID: [VerifyProblem]] {
        let results = Mutex<[OID: [VerifyProblem]]>([:])
        let next = Mutex(0)
        try ThreadTeam.run(max(1, min(files.count, ThreadTeam.preferredCount))) { _ in
            while true {
                let run = next.withLock { start in
                    var end = start
                    var bytes: UInt64 = 0
                    while end < files.count, end - start < 256, end == start || bytes + files[end].size <= 4 << 20 {
                        bytes += files[end].size
                        end += 1
                    }
                    defer { start = end }
                    return start..<end
                }
                if run.isEmpty { return }
                for file in files[run] {
                    let recipe = location(of: ObjectKey(type: .recipe, id: file.oid.digest))
                    let proof = try FileProof.run(file.oid, size: file.size, store: self, progress: progress)
                    if proof.isForged, let recipe, let problem = proof.problems.first {
                        try condemnRecipe(of: file.oid, at: recipe, reason: problem.detail)
                    }
                    results.withLock { $0[file.oid] = proof.problems }
                    progress.add(bytes: 0, files: 1)
                }
            }
        }
        return results.withLock { $0 }
    }
}
