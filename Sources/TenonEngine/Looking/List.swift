import TenonAPI
import TenonCore
import TenonFormat

extension Engine {
    /// `tenon ls`: the entries of a directory artifact, or artifacts below a directory.
    package func list(_ request: ListRequest, _ reporter: Reporter<ListRequest>) async throws -> ListRequest.Reply {
        try await reading(request, reporter) { job in
            let lookup = try Lookup(job.tree, commit: request.commit)
            let wanted = try job.tree.selection([request.path]).first
            if let wanted, let found = lookup.artifact(around: wanted) {
                return try self.list(found.path, found.pointer, found.entry, wanted, job)
            }
            var reply = ListRequest.Reply(entries: 0, bytes: 0)
            for (path, pointer) in lookup.pointers.sorted(by: { $0.key < $1.key }) where wanted.map(path.isWithin) ?? true {
                let kind: ListedEntry.Kind = pointer.kind == .tree ? .tree : pointer.executable ? .executable : .file
                job.reporter.item(ListedEntry(path: WirePath(path), kind: kind, size: pointer.size, oid: pointer.oid.description))
                reply.entries += 1
                reply.bytes += pointer.size
            }
            let unreadable = lookup.unreadable.filter { artifact, _ in wanted.map { artifact.isWithin($0) && artifact != $0 } ?? true }
            for (_, error) in unreadable.sorted(by: { $0.key < $1.key }) { job.reporter.warn("\(error)") }
            if let wanted, reply.entries == 0, unreadable.isEmpty { throw lookup.notFound(wanted) }
            return reply
        }
    }

    private func list(
        _ artifact: RelativePath, _ pointer: Pointer, _ entry: RelativePath?, _ wanted: RelativePath, _ job: Job<ListRequest>
    ) throws -> ListRequest.Reply {
        var reply = ListRequest.Reply(entries: 0, bytes: 0)
        if pointer.kind == .file {
            guard entry == nil else {
                throw TenonError(.notFound, "'\(wanted)' is not there", cause: "'\(artifact)' is a file")
            }
            job.reporter.item(
                ListedEntry(
                    path: WirePath(artifact), kind: pointer.executable ? .executable : .file, size: pointer.size, oid: pointer.oid.description))
            return ListRequest.Reply(entries: 1, bytes: pointer.size)
        }
        try store.entries(of: pointer, under: entry) { found in
            try job.checkCancellation()
            let path = WirePath(bytes: artifact.bytes + [UInt8(ascii: "/")] + found.path)
            let target = found.kind == .symlink ? WirePath(bytes: Array(found.target)) : nil
            job.reporter.item(
                ListedEntry(
                    path: path, kind: .init(found.kind), size: found.size, oid: found.isFile ? OID(found.oid).description : nil, target: target))
            reply.entries += 1
            reply.bytes += found.size
        }
        if entry != nil, reply.entries == 0 {
            throw TenonError(.notFound, "'\(wanted)' is not there", cause: "the artifact '\(artifact)' has no such entry")
        }
        return reply
    }
}

extension ListedEntry.Kind {
    fileprivate init(_ kind: ManifestEntry.Kind) {
        switch kind {
        case .file: self = .file
        case .executable: self = .executable
        case .symlink: self = .symlink
        case .directory: self = .directory
        }
    }
}
