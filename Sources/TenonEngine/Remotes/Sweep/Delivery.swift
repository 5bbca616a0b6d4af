import TenonAPI
import TenonCore
import TenonFormat

/// Brings snapshots to a remote for good: packs, index, locators, records, and then what says that they are needed there; under a lease, so that no
/// sweep removes meanwhile what is relied on.
struct Delivery: Sendable {
    let engine: Engine
    let session: RemoteSession
    /// Whose refs say what is needed.
    let workTree: WorkTreeContext
    let meter: Meter
    /// Transfers at the same time.
    let jobs: Int

    private var view: RemoteView { session.view }
    private var upload: Upload { Upload(engine: engine, view: view, meter: meter, jobs: jobs) }

    /// What a push would send.
    func plan(_ snapshots: [Pointer]) async throws -> Upload.Totals {
        view.heed(try await CondemnedObjects.read(view.remote))
        return try await upload.send(snapshots, isDryRun: true)
    }

    /// Sends what the remote lacks of `snapshots`.
    ///
    /// - Parameter readsRefs: whether what refs need no more is given up; else something is only added to what was said before.
    func send(_ snapshots: [Pointer], readsRefs: Bool) async throws -> Upload.Totals {
        let keeper = try await keeper()
        // Before refs are read: only statements that are older than that may be withdrawn.
        let standing = try await keeper.standing()
        let refs = readsRefs ? try await self.refs(keeper) : nil
        let subjects = Set(snapshots.map(Locator.Subject.init))
        view.heed(try await CondemnedObjects.read(view.remote))
        var totals = Upload.Totals()
        // Where nothing is to be written, nothing is: what this clone needs is said already, so no sweep touches it.
        var isDone = try await view.present(subjects) == subjects
        if isDone { isDone = try await keeper.change(from: standing, refs: refs, sent: subjects).isNothing }
        if !isDone {
            totals = try await Lease.holding(view.remote) { lease, condemned in
                view.heed(condemned, under: lease)
                let totals = try await upload.send(snapshots, isDryRun: false)
                try await keeper.carryOut(try await keeper.change(from: standing, refs: refs, sent: subjects), standing)
                return totals
            }
        }
        // After what they name.
        try await RecordTransfer(engine: engine, view: view, meter: meter).send(of: snapshots, in: workTree)
        return totals
    }

    /// What this clone needs of what the remote has, to be said, and what it has said so far.
    func planNeed() async throws -> (change: RootsKeeper.Change, standing: RootsKeeper.Standing, keeper: RootsKeeper) {
        let keeper = try await keeper()
        let standing = try await keeper.standing()
        let refs = try await self.refs(keeper)
        view.heed(try await CondemnedObjects.read(view.remote))
        return (try await keeper.change(from: standing, refs: refs), standing, keeper)
    }

    /// Says anew what this clone needs of what the remote has, and gives up what it needs no more.
    func sayWhatIsNeeded() async throws -> PinnedContent {
        let keeper = try await keeper()
        let standing = try await keeper.standing()
        let refs = try await self.refs(keeper)
        try await Lease.holding(view.remote) { lease, condemned in
            view.heed(condemned, under: lease)
            try await keeper.carryOut(try await keeper.change(from: standing, refs: refs), standing)
        }
        return keeper.pinned
    }

    private func keeper() async throws -> RootsKeeper {
        RootsKeeper(engine: engine, session: session, pinned: try await engine.blocking { try PinnedContent(workTree, engine: engine) })
    }

    private func refs(_ keeper: RootsKeeper) async throws -> Set<Locator.Subject> {
        try await engine.blocking { try keeper.pinned.subjects(engine, meter) }
    }
}
