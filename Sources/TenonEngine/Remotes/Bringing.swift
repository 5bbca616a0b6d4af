import TenonCore
import TenonFormat
import TenonRemote

/// Brings content from one remote after another: each is asked for what those before it did not have.
struct Bringing {
    private let engine: Engine
    private let meter: Meter
    private let jobs: Int
    /// Looks only.
    private let isDryRun: Bool
    private var rest: [WantedContent]
    private var reasons: [Locator.Subject: TenonError] = [:]
    /// That came; with `isDryRun`, that would come.
    private(set) var bytes: UInt64 = 0

    /// - Parameters:
    ///   - jobs: transfers at the same time
    ///   - items: what the store lacks
    init(engine: Engine, meter: Meter, jobs: Int, isDryRun: Bool = false, _ items: [WantedContent]) {
        self.engine = engine
        self.meter = meter
        self.jobs = jobs
        self.isDryRun = isDryRun
        rest = items
    }

    var lacksSomething: Bool { !rest.isEmpty }

    /// Brings what this remote has. What came before it failed is not asked for again.
    mutating func bring(from session: RemoteSession) async throws {
        guard lacksSomething else { return }
        let before = meter.sink.totals.bytes
        do {
            let download = Download(engine: engine, view: session.view, meter: meter, jobs: jobs)
            rest = try await take(by: download)
            if !isDryRun { bytes += meter.sink.totals.bytes - before }
        } catch {
            if !isDryRun {
                bytes += meter.sink.totals.bytes - before
                rest = try await engine.blocking { [engine, rest] in try rest.filter { try engine.lacks($0) } }
            }
            throw error
        }
    }

    /// What could not be had, with the reason: `missingContent` or `corrupt`. `faults` are those of remotes that were of no use: the first of them is thrown
    /// if anything is lacking, for such a remote may have it; otherwise `warn` is told.
    func failures(_ faults: [TenonError], warn: (String) -> Void) throws -> [(item: WantedContent, error: TenonError)] {
        if let fault = faults.first, lacksSomething { throw fault }
        for fault in faults { warn("a remote was not asked: \(fault)\(fault.hint.map { "; \($0)" } ?? "")") }
        return rest.map { item in
            let nowhere = TenonError(
                .missingContent, "'\(item.artifact)' can't be fetched", cause: "no remote has \(item.pointer.oid)",
                hint: "ask whoever made the commit to run 'tenon push'")
            return (item, reasons[Locator.Subject(item.pointer)] ?? nowhere)
        }
    }

    /// Brings from one remote what it has of the rest, and returns what it has not.
    private mutating func take(by download: Download) async throws -> [WantedContent] {
        let whole = rest.filter { isDryRun || $0.entries.isEmpty }.map(\.pointer)
        let brought: Download.Brought
        if isDryRun {
            let cost = try await download.cost(of: whole)
            bytes += cost.bytes
            brought = cost.brought
        } else {
            brought = try await download.bring(whole)
        }
        reasons.merge(brought.failures) { first, _ in first }
        var left: [WantedContent] = []
        for item in rest {
            let subject = Locator.Subject(item.pointer)
            if isDryRun || item.entries.isEmpty {
                if brought.absent.contains(subject) || brought.failures[subject] != nil { left.append(item) }
                continue
            }
            do {
                if try await !download.bring(item.entries, of: item.pointer) { left.append(item) }
            } catch let error as TenonError where error.code == .missingContent || error.code == .corrupt {
                reasons[subject] = reasons[subject] ?? error
                left.append(item)
            }
        }
        return left
    }
}
