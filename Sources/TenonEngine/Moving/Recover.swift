import TenonAPI
import TenonCore
import TenonFormat
import TenonStore

extension Engine {
    /// `tenon recover`: lists the states that were saved before a checkout overwrote them, or brings one back.
    ///
    /// What comes back to an artifact's own path is a change of its data: pointer and base stay, and what lay there is saved in turn.
    package func recover(_ request: RecoverRequest, _ reporter: Reporter<RecoverRequest>) async throws -> RecoverRequest.Reply {
        try await writing(request, reporter) { job in
            let states = try self.savedStates(of: job.tree)
            guard let wanted = request.id else {
                return RecoverRequest.Reply(states: states.map { TenonAPI.SavedState($0) })
            }
            let prefix = wanted.hasPrefix("sha256:") ? wanted.dropFirst("sha256:".count) : wanted[...]
            let matches = states.filter { $0.id.hex.hasPrefix(prefix) }
            guard let state = matches.first, matches.count == 1, prefix.count >= 4 || prefix.count == 64 else {
                throw TenonError(
                    matches.isEmpty ? .notFound : .invalidArgument, "state '\(displayName(wanted.utf8))' can't be recovered",
                    cause: matches.isEmpty
                        ? "no such state is saved for this work tree" : "\(matches.count) states begin with it, or it is too short",
                    hint: "tenon recover lists them")
            }
            return RecoverRequest.Reply(states: [TenonAPI.SavedState(state)], restored: try self.bringBack(state, request.destination, job))
        }
    }

    /// The newest first. They belong to the work tree, wherever it lies by now. Earlier releases named some by the repository: of these it has those
    /// that were saved where it lies.
    func savedStates(of tree: WorkTree) throws -> [TenonStore.SavedState] {
        let (identifier, repository) = (try tree.identifier(), try tree.repositoryIdentifier())
        let path = Array(tree.path.utf8)
        return try store.savedStates()
            .filter { state in
                state.record.repository == identifier || (state.record.repository == repository && state.record.workTree == path)
            }
            .sorted { ($0.record.time, $0.id) > ($1.record.time, $1.id) }
    }

    private func bringBack(_ state: TenonStore.SavedState, _ destination: WirePath?, _ job: Job<RecoverRequest>) throws -> RestoredArtifact {
        let artifact = state.record.artifact
        let pointer = state.record.pointer
        let mover = Mover(tree: job.tree, store: store, sink: job.sink)
        try mover.requireStored(pointer, at: artifact)
        job.meter.begin(.writing, artifact.description)
        guard let destination else {
            try job.tree.prepare()
            let record = try Survey(job.tree, paths: [artifact])[artifact] ?? ArtifactRecord(path: artifact)
            return try mover.bring(record, from: try job.observe(artifact), entries: [], of: pointer, discard: false)
        }
        guard let path = String(validating: destination.bytes, as: UTF8.self), path.hasPrefix("/"), let slash = path.utf8.lastIndex(of: 0x2F) else {
            throw TenonError(.invalidArgument, "'\(destination)' can't be written to", cause: "its path is not absolute, or not UTF-8")
        }
        let name = try RelativePath(String(path[path.index(after: slash)...]))
        let parent = slash == path.startIndex ? "/" : String(path[..<slash])
        guard isAbsent(path) else {
            throw TenonError(.conflict, "'\(destination)' can't be written to", cause: "something lies there", hint: "name a path that is free")
        }
        let place = ArtifactPlace(workTreeRoot: parent, workTreeID: "elsewhere", path: name)
        return RestoredArtifact(artifact, try store.checkout(pointer, at: place, only: [], discard: false, mask: job.tree.mask, progress: job.sink))
    }
}

extension TenonAPI.SavedState {
    fileprivate init(_ state: TenonStore.SavedState) {
        self.init(
            id: state.id.hex, path: WirePath(state.record.artifact), time: Int64(state.record.time / 1000),
            pointer: PointerSummary(state.record.pointer))
    }
}
