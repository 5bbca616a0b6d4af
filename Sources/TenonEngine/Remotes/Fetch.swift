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
            return try await self.withRemotes(remotes, environment: request.environment) { sessions in
                let jobs = Engine.jobs(request.jobs)
                let brought = try await self.bring(missing, from: sessions, meter, jobs: jobs, isDryRun: request.dryRun)
                reply.bytes = brought.bytes
                reply.fetched = missing.count - brought.failures.count
                reply.failed = brought.failures.map { FailedArtifact(path: WirePath($0.artifact), error: $1) }
                for session in request.dryRun ? [] : sessions {
                    let transfer = RecordTransfer(engine: self, view: session.view, meter: meter, jobs: jobs)
                    for problem in try await transfer.bring(of: wanted.map(\.pointer)) { reporter.warn("\(problem)") }
                }
                return reply
            }
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
        if request.all {
            var trees: Set<GitObjectID> = []
            try tree.forEachCommit(from: try tree.tips()) { commit in
                try meter.sink.check()
                try tree.forEachNewPointer(in: commit, seen: &trees) { path, blob in
                    if let pointer = try? tree.pointer(in: blob) { found.append((path, pointer)) }
                }
                return true
            }
        } else if request.commits.isEmpty {
            let isPartial = try request.unasked == true && tree.isPartial()
            let records = try Survey(tree, paths: selection).records.filter { !(isPartial && $0.isLeftOut) }
            found = records.compactMap { record in record.pointerFile.pointer.map { (record.path, $0) } }
        } else {
            for commit in try request.commits.map(tree.commitIdentifier) {
                found += try tree.pointers(in: commit).compactMap { path, bound in (try? tree.pointer(in: bound.blob)).map { (path, $0) } }
            }
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

    /// Brings what there is, from the first remote that has it. Returns the bytes that came, and what could not be had, with the reason: `missingContent`
    /// or `corrupt`. With `isDryRun`, looks only.
    func bring(
        _ items: [WantedContent], from sessions: [RemoteSession], _ meter: Meter, jobs: Int, isDryRun: Bool = false
    ) async throws -> (bytes: UInt64, failures: [(item: WantedContent, error: TenonError)]) {
        var bytes: UInt64 = 0
        let before = meter.sink.totals.bytes
        var rest = items
        var reasons: [Locator.Subject: TenonError] = [:]
        var fault: TenonError?
        for session in sessions where !rest.isEmpty {
            let download = Download(engine: self, view: session.view, meter: meter, jobs: jobs)
            do {
                rest = try await bring(rest, by: download, &reasons, &bytes, isDryRun: isDryRun)
            } catch let error as TenonError where error.code == .remote {
                // The next one may have what this one had no time for.
                fault = fault ?? error
                if !isDryRun { rest = try await blocking { [rest] in try rest.filter { try self.lacks($0) } } }
            }
        }
        if !isDryRun { bytes = meter.sink.totals.bytes - before }
        if let fault, !rest.isEmpty { throw fault }
        return (
            bytes,
            rest.map { item in
                let nowhere = TenonError(
                    .missingContent, "'\(item.artifact)' can't be fetched", cause: "no remote has \(item.pointer.oid)",
                    hint: "ask whoever made the commit to run 'tenon push'")
                return (item, reasons[Locator.Subject(item.pointer)] ?? nowhere)
            }
        )
    }

    /// Brings from one remote what it has of `items`, and returns the others.
    private func bring(
        _ items: [WantedContent], by download: Download, _ reasons: inout [Locator.Subject: TenonError], _ bytes: inout UInt64, isDryRun: Bool
    ) async throws -> [WantedContent] {
        let whole = items.filter { isDryRun || $0.entries.isEmpty }.map(\.pointer)
        let brought: Download.Brought
        if isDryRun {
            let cost = try await download.cost(of: whole)
            bytes += cost.bytes
            brought = cost.brought
        } else {
            brought = try await download.bring(whole)
        }
        reasons.merge(brought.failures) { first, _ in first }
        var rest: [WantedContent] = []
        for item in items {
            let subject = Locator.Subject(item.pointer)
            if isDryRun || item.entries.isEmpty {
                if brought.absent.contains(subject) || brought.failures[subject] != nil { rest.append(item) }
                continue
            }
            do {
                if try await !download.bring(item.entries, of: item.pointer) { rest.append(item) }
            } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
                reasons[subject] = reasons[subject] ?? error
                rest.append(item)
            }
        }
        return rest
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
