import TenonAPI
import TenonCore
import TenonFormat

extension Job {
    /// The artifacts, once the pointers of those that changed have followed their data: so that Git, which is asked next or was just asked, sees
    /// what Tenon sees.
    ///
    /// A pointer follows only where that takes nothing from anybody: it is still the base's, nobody is writing to the data, and neither Git nor
    /// another verb is at work here. Otherwise the artifact stays *modified*, which is no error.
    func followedSurvey(_ selection: [RelativePath]) throws -> Survey {
        let survey = try Survey(tree, paths: selection)
        let changed = try survey.records.filter(mayFollow).map(\.path)
        let lock = WorkTree.lockName(tree.context)
        guard !changed.isEmpty, engine.locks.tryAcquire(lock) else { return survey }
        defer { engine.locks.release(lock) }
        do {
            var addition = try Addition(job: self, stages: false, isDryRun: false, compression: try tree.settings().compression)
            try addition.update(changed)
        } catch let error as TenonError where error.code != .cancelled {
            if error.code != .changedWhileReading { reporter.warn("a pointer can't follow its data: \(error)") }
        }
        return try Survey(tree, paths: selection)
    }

    private func mayFollow(_ record: ArtifactRecord) throws -> Bool {
        guard case .present = record.pointerFile, record.needsData, record.isPointerUnmoved else { return false }
        do {
            return try record.standing(data: observe(record.path)).step == .take
        } catch let error as TenonError where error.code != .cancelled {
            return false
        }
    }
}
