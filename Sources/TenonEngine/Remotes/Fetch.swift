import TenonAPI
import TenonCore
import TenonFormat
import TenonGit
import TenonRemote
import TenonStore

extension Engine {
    /// `tenon fetch`: brings what commits bind, or what the work tree's pointers name, into the store. It touches no work tree.
    package func fetch(_ request: FetchRequest, _ reporter: Reporter<FetchRequest>) async throws -> FetchRequest.Reply {
        let meter = Meter()
        return try await observed(meter, isCancelled: { reporter.isCancelled }, progress: { reporter.progress($0) }) {
            let (remotes, wanted) = try await self.blocking { try self.plan(request, reporter, meter) }
            var reply = FetchRequest.Reply(snapshots: wanted.count, fetched: 0, bytes: 0, failed: [])
            let missing = try await self.blocking { try wanted.filter { try self.lacks($0) } }
            let jobs = Engine.jobs(request.jobs)
            var bringing = Bringing(engine: self, meter: meter, jobs: jobs, isDryRun: request.dryRun, missing)
            let faults = try await self.withEachRemote(
                remotes, environment: request.environment, meter: meter, while: { bringing.lacksSomething || !request.dryRun }
            ) { session in
                try await bringing.bring(from: session)
                if request.dryRun { return }
                // Records may be on any of them.
                let transfer = RecordTransfer(engine: self, view: session.view, meter: meter, jobs: jobs)
                for problem in try await transfer.bring(of: wanted.map(\.pointer)) { reporter.warn("\(problem)") }
            }
            let failures = try bringing.failures(faults) { reporter.warn($0) }
            reply.bytes = bringing.bytes
            reply.fetched = missing.count - failures.count
            reply.failed = failures.map { FailedArtifact(path: WirePath($0.artifact), error: $1) }
            return reply
        }
    }

    private func plan(
        _ request: FetchRequest, _ reporter: Reporter<FetchRequest>, _ meter: Meter
    ) throws -> (remotes: [RemoteConfiguration], wanted: [WantedContent]) {
        let tree = try WorkTree(request.workTree, engine: self)
        let settings = try tree.settings()
        let selection = try tree.selection(request.paths)
        meter.begin(.reading)
        var found: [(RelativePath, Pointer)] = []
        var unreadable: [(path: RelativePath, commit: GitObjectID?, error: TenonError)] = []
        var blobs: Set<GitObjectID> = []
        func read(_ path: RelativePath, _ blob: GitObjectID, _ commit: GitObjectID) throws {
            do {
                found.append((path, try tree.pointer(in: blob)))
            } catch let error as TenonError {
                if blobs.insert(blob).inserted { unreadable.append((path, commit, error)) }
            }
        }
        if request.all {
            var trees: Set<GitObjectID> = []
            try tree.forEachCommit(from: try tree.tips()) { commit in
                try meter.sink.check()
                try tree.forEachNewPointer(in: commit, seen: &trees) { path, blob in try read(path, blob, commit.id) }
                return true
            }
        } else if request.commits.isEmpty {
            let isPartial = try request.unasked == true && tree.isPartial()
            let records = try Survey(tree, paths: selection).records.filter { !(isPartial && $0.isLeftOut) }
            found = records.compactMap { record in record.pointerFile.pointer.map { (record.path, $0) } }
            // Whoever fetches unasked restores next, which tells it.
            for record in records where request.unasked != true {
                if case .damaged(let error) = record.pointerFile { unreadable.append((record.path, nil, error)) }
            }
        } else {
            for commit in try request.commits.map(tree.commitIdentifier) {
                for (path, bound) in try tree.pointers(in: commit) { try read(path, bound.blob, commit) }
            }
        }
        unreadable.removeAll { item in !selection.isEmpty && !selection.contains { item.path.isWithin($0) || $0.isWithin(item.path) } }
        for path in selection where !found.contains(where: { $0.0.isWithin(path) || path.isWithin($0.0) }) {
            if let found = unreadable.first(where: { $0.path.isWithin(path) || path.isWithin($0.path) }) {
                throw TenonError(unreadablePointerOf: found.path, found.error)
            }
            throw TenonError(.notFound, "'\(path)' can't be fetched", cause: "there is no artifact", hint: "tenon ls lists what there is")
        }
        for (path, commit, error) in unreadable {
            reporter.warn("\(commit.map { "\($0.hex.prefix(12)): " } ?? "")\(TenonError(unreadablePointerOf: path, error))")
        }
        return (try remotes(for: request.remote, tree, settings), WantedContent.gather(found, selection))
    }

    /// The remotes to fetch from, in the order in which they are asked.
    func remotes(for name: String?, _ tree: WorkTree, _ settings: Settings) throws -> [RemoteConfiguration] {
        let first = try tree.remote(name, settings)
        if name != nil { return [first] }
        return [first] + (try tree.remotes().filter { $0.name != first.name }.compactMap { try? tree.remote($0.name, settings) })
    }

    func lacks(_ item: WantedContent) throws -> Bool {
        if store.isStored(item.pointer) { return false }
        if item.entries.isEmpty { return true }
        do {
            var isComplete = true
            try store.walk.visit(item.pointer, only: item.entries) { key in
                if !self.store.contains(key) { isComplete = false }
            }
            return !isComplete
        } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
            return true
        }
    }
}

/// Content that a transfer is to bring: an artifact's, or some entries of it.
struct WantedContent: Sendable {
    var artifact: RelativePath
    var pointer: Pointer
    /// Inside the artifact; none means all.
    var entries: [RelativePath] = []

    /// What `selection` picks of `found`; each content once, for all that need it.
    static func gather(_ found: [(RelativePath, Pointer)], _ selection: [RelativePath]) -> [WantedContent] {
        var order: [Locator.Subject] = []
        var items: [Locator.Subject: WantedContent] = [:]
        for (artifact, pointer) in found {
            let isWhole = selection.isEmpty || selection.contains { artifact.isWithin($0) }
            let entries = selection.compactMap { $0.relative(to: artifact) }
            guard isWhole || !entries.isEmpty else { continue }
            let subject = Locator.Subject(pointer)
            guard let known = items[subject] else {
                order.append(subject)
                items[subject] = WantedContent(artifact: artifact, pointer: pointer, entries: isWhole ? [] : entries)
                continue
            }
            items[subject]?.entries = isWhole || known.entries.isEmpty ? [] : known.entries + entries
        }
        return order.compactMap { items[$0] }
    }
}
