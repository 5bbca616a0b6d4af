import Synchronization
import TenonCore
import TenonFormat
import TenonRemote

/// What is on a remote, and what of it is needed: everything that the roots of any repository name.
///
/// Fails rather than guess: roots or locators that can't be read, a needed snapshot or pack that is not there, and nothing is swept.
struct SweepMark: Sendable {
    /// Who has said something, by repository.
    var repositories: [String: Repository] = [:]
    /// All locators, with the states in which they are.
    var locators: [Locator.Subject: ObjectEntry] = [:]
    var packs: [PackID: ObjectEntry] = [:]
    /// Needed snapshots, and what they need of packs.
    var live: Set<Locator.Subject> = []
    var needs = PackNeeds()

    struct Repository: Sendable {
        var writer: String
        /// When it spoke last, by the storage's clock, in milliseconds since 1970.
        var time: Int64
        var subjects: Set<Locator.Subject>
    }

    /// What is supposed to be otherwise, for a plan that writes nothing.
    struct Assumptions: Sendable {
        /// Repositories whose statements don't count.
        var forgotten: Set<String> = []
        /// Statements that don't count, and what is said in their place.
        var withdrawn: Set<Digest> = []
        var said: Set<Locator.Subject> = []
    }

    /// Reads roots, then locators, then which packs there are. Locators that `isCondemned` are not read.
    static func read(
        _ remote: Remote, _ assumptions: Assumptions, jobs: Int, meter: Meter,
        isCondemned: @escaping @Sendable (Locator.Subject, ObjectEntry) -> Bool
    ) async throws -> SweepMark {
        var mark = SweepMark()
        try await mark.readRoots(remote, assumptions, jobs, meter)
        for try await entry in remote.objects(try ObjectPrefix(RemoteName.locators)) {
            if let subject = RemoteName.subject(entry.name.text) { mark.locators[subject] = entry }
        }
        guard !mark.repositories.isEmpty || !assumptions.said.isEmpty || mark.locators.isEmpty else {
            throw refusal(
                remote, "no repository has said there what it needs", hint: "run 'tenon push --all' once in every clone that pushes there, then sweep"
            )
        }
        try await mark.readLocators(remote, jobs, meter, isCondemned)
        for try await entry in remote.objects(try ObjectPrefix(RemoteName.packs)) {
            if let id = RemoteName.packID(entry.name.text) { mark.packs[id] = entry }
        }
        for id in mark.needs.live.keys where mark.packs[id] == nil {
            // A listing may lag behind.
            mark.packs[id] = try await remote.head(ObjectName(RemoteName.pack(id)))
            if mark.packs[id] == nil { throw refusal(remote, "pack \(id.digest.hex) is needed and gone", hint: "tenon fsck --repair, then sweep") }
        }
        return mark
    }

    private static func refusal(_ remote: Remote, _ cause: String, hint: String) -> TenonError {
        TenonError(.conflict, "'\(remote.location)' is not swept", cause: cause, hint: hint)
    }

    private mutating func readRoots(_ remote: Remote, _ assumptions: Assumptions, _ jobs: Int, _ meter: Meter) async throws {
        var found: [(entry: ObjectEntry, repository: String, id: Digest)] = []
        for try await entry in remote.objects(try ObjectPrefix(RemoteName.allRoots)) {
            guard let (repository, id) = RemoteName.roots(entry.name.text) else {
                throw SweepMark.refusal(
                    remote, "'\(entry.name)' is no list of roots", hint: "a newer Tenon may have written it; install that version")
            }
            if !assumptions.withdrawn.contains(id) { found.append((entry, repository, id)) }
        }
        let read = await ConcurrentWork.run(found, limit: jobs, meter: meter) { item -> (RemoteRoots, Int64) in
            guard let (bytes, _) = try await remote.contents(of: item.entry.name, limit: RemoteRoots.maximumLength) else {
                throw TenonError(
                    .busy, "'\(remote.location)' is not swept", cause: "somebody says anew what is needed there", hint: "try again in a moment")
            }
            let roots = try RemoteRoots(parsing: bytes)
            guard SHA256Hasher.hash(bytes) == item.id, roots.repository == item.repository else {
                throw TenonError(
                    .corrupt, "'\(item.entry.name)' on '\(remote.location)' is damaged", cause: "it is not what its name says",
                    hint: "remove that object by hand, then run 'tenon push --all' in the clone that it came from")
            }
            return (roots, item.entry.modified)
        }
        if let failure = read.failure { throw failure }
        for (roots, time) in read.done where !assumptions.forgotten.contains(roots.repository) {
            var known = repositories[roots.repository] ?? Repository(writer: roots.writer, time: time, subjects: [])
            if time > known.time { (known.writer, known.time) = (roots.writer, time) }
            known.subjects.formUnion(roots.subjects)
            repositories[roots.repository] = known
            live.formUnion(roots.subjects)
        }
        live.formUnion(assumptions.said)
    }

    private mutating func readLocators(
        _ remote: Remote, _ jobs: Int, _ meter: Meter, _ isCondemned: (Locator.Subject, ObjectEntry) -> Bool
    ) async throws {
        for subject in live where locators[subject] == nil {
            let name = try ObjectName(RemoteName.locator(subject))
            locators[subject] = try await remote.head(name)
            guard locators[subject] == nil else { continue }
            let owner = repositories.first { $0.value.subjects.contains(subject) }
            throw SweepMark.refusal(
                remote, "a snapshot is needed and gone: '\(name)'\(owner.map { ", by \($0.value.writer) (\($0.key))" } ?? "")",
                hint: "tenon push there, or give that clone up: tenon sweep --remote --forget \(owner?.key.prefix(8) ?? "ID")")
        }
        let wanted = locators.filter { live.contains($0.key) || !isCondemned($0.key, $0.value) }.map { ($0.key, $0.value) }
        let living = live
        let needs = Mutex(PackNeeds())
        let read = await ConcurrentWork.run(wanted, limit: jobs, meter: meter) { subject, entry in
            guard let (bytes, _) = try await remote.contents(of: entry.name, limit: Locator.maximumLength) else {
                throw TenonError(
                    .busy, "'\(remote.location)' is not swept", cause: "'\(entry.name)' is being replaced", hint: "try again in a moment")
            }
            let locator = try Locator(parsing: bytes)
            guard locator.subject == subject else {
                throw TenonError(
                    .corrupt, "'\(entry.name)' on '\(remote.location)' is damaged", cause: "it is of another snapshot",
                    hint: "tenon fsck --repair, then sweep")
            }
            needs.withLock { $0.add(locator, isLive: living.contains(subject), modified: entry.modified) }
        }
        if let failure = read.failure { throw failure }
        self.needs = needs.withLock { $0 }
    }
}
