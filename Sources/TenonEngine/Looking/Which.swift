import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonStore

extension Engine {
    /// `tenon which`: the artifacts and commits that have these bytes, and the states outside of commits.
    package func which(_ request: WhichRequest, _ reporter: Reporter<WhichRequest>) async throws -> WhichRequest.Reply {
        try await reading(request, reporter) { job in
            let oid = try job.content(oid: request.oid, file: request.file)
            var search = ContentSearch(job: job, oid: oid)
            try search.run()
            var aside = StateSearch(job: job, oid: oid)
            try aside.run()
            let isStored = try search.isStored || !aside.states.isEmpty || self.isStored(oid)
            return WhichRequest.Reply(oid: oid.description, stored: isStored, matches: search.matches, states: aside.states)
        }
    }

    /// Whether the store has the content whatever names it now.
    private func isStored(_ oid: OID) throws -> Bool {
        try [ArtifactKind.file, .tree].contains { kind in try !store.snapshots(kind: kind, oid: oid).isEmpty }
    }
}

extension Job {
    /// The oid that a request gives, or that of the file or directory that it names by an absolute path.
    func content(oid: String?, file: WirePath?) throws -> OID {
        if let text = oid {
            guard let oid = OID(text: text) else {
                throw TenonError(
                    .invalidArgument, "'\(displayName(text.utf8))' can't be looked for", cause: "it is not sha256: and 64 hexadecimal digits")
            }
            return oid
        }
        guard let file, let path = String(validating: file.bytes, as: UTF8.self), path.hasPrefix("/"),
            let slash = path.utf8.lastIndex(of: 0x2F), let name = try? RelativePath(String(path[path.index(after: slash)...]))
        else {
            throw TenonError(.invalidArgument, "nothing to look for", cause: "neither an oid nor the absolute path of a file was given")
        }
        meter.begin(.reading, name.description)
        // Beneath the work tree the stat cache may know it already.
        let inTree = path.hasPrefix(tree.path + "/") ? try? RelativePath(String(path.dropFirst(tree.path.utf8.count + 1))) : nil
        let elsewhere = ArtifactPlace(workTreeRoot: slash == path.startIndex ? "/" : String(path[..<slash]), workTreeID: "elsewhere", path: name)
        switch try store.look(try inTree.map(tree.place) ?? elsewhere, progress: sink) {
        case .absent: throw TenonError(.notFound, "'\(file)' can't be looked for", cause: "it does not exist")
        case .present(let content): return content.oid
        }
    }
}
