import TenonAPI
import TenonCore

extension Engine {
    /// `tenon params show`, `tenon metrics show`.
    package func values(_ request: ValuesRequest, _ reporter: Reporter<ValuesRequest>) async throws -> ValuesRequest.Reply {
        try await reading(request, reporter) { job in
            let reading = try ValueReading(job: job, kind: request.kind, files: request.files, keys: request.keys)
            var count = 0
            for revision in request.revisions {
                let values = try reading.read(revision)
                let item = RevisionValues(
                    name: revision.name, commit: revision.commit, time: values.commit?.author.time, subject: values.commit?.subject,
                    values: values.groups.flatMap(\.plain), failed: values.failed)
                count += item.values.count
                job.reporter.item(item)
            }
            try reading.requireFound(request.files)
            return ValuesRequest.Reply(values: count)
        }
    }

    /// `tenon params diff`, `tenon metrics diff`.
    package func valuesDiff(_ request: ValuesDiffRequest, _ reporter: Reporter<ValuesDiffRequest>) async throws -> ValuesDiffRequest.Reply {
        try await reading(request, reporter) { job in
            let reading = try ValueReading(job: job, kind: request.kind, files: request.files, keys: request.keys)
            let (old, new) = (try reading.read(request.from), try reading.read(request.to))
            try reading.requireFound(request.files)
            var failed: [FailedArtifact] = []
            for failure in old.failed + new.failed where !failed.contains(failure) { failed.append(failure) }
            // A file that is there and can't be read says nothing of what became of its values.
            let unread = Set(failed.map(\.path))
            let changes = ValueComparison(old: old.groups, new: new.groups).changes
                .filter { ($0.change != nil || request.all) && !unread.contains($0.file) }
            return ValuesDiffRequest.Reply(from: request.from, to: request.to, changes: changes, failed: failed)
        }
    }
}

extension ValueGroup {
    /// For the wire.
    var plain: [FileValue] {
        let file = file.map { WirePath($0) } ?? WirePath(bytes: [])
        return values.map { FileValue(file: file, key: $0.key, value: PlainValue($0.value)) }
    }
}

extension ValueReading {
    /// Throws `notFound` if a file that was named is at none of the revisions.
    func requireFound(_ files: [WirePath]) throws {
        for wire in files where !seen.contains(wire.bytes) {
            throw TenonError(
                .notFound, "'\(wire)' can't be read for its values", cause: "it is at none of the revisions",
                hint: "files are named from where you stand")
        }
    }
}
