import TenonCore
import TenonFormat
import TenonRemote

/// What the lists on a remote say is to go, or goes (docs/decisions/remote-sweep.md).
struct CondemnedObjects: Sendable {
    struct List: Sendable {
        var id: Digest
        /// Whether its objects go, or are gone; else they wait for a second look.
        var isSwept: Bool
        var entry: ObjectEntry
        var entries: [CondemnedList.Entry]
    }

    let lists: [List]
    let packs: Set<PackID>
    /// Locators by their states, and when the latest list with each was written, in milliseconds since 1970.
    private let locators: [CondemnedList.Entry: Int64]

    /// Readers refuse to look at more lists than this.
    private static let maximumCount = 10_000

    init(_ lists: [List] = []) {
        self.lists = lists
        var packs: Set<PackID> = []
        var locators: [CondemnedList.Entry: Int64] = [:]
        for list in lists {
            for entry in list.entries {
                switch entry.target {
                case .pack(let id): packs.insert(id)
                case .locator: locators[entry] = max(locators[entry] ?? .min, list.entry.modified)
                }
            }
        }
        self.packs = packs
        self.locators = locators
    }

    var ids: Set<Digest> { Set(lists.map(\.id)) }

    /// Whether the snapshot's locator in this state is on a list; one that was written since is not.
    ///
    /// Where tags are made of the bytes, as on S3, one that was written again has the tag of the one that was condemned: then its age tells.
    func contains(_ subject: Locator.Subject, _ entry: ObjectEntry) -> Bool {
        guard !locators.isEmpty,
            let listed = locators[CondemnedList.Entry(target: .locator(subject), size: entry.size, tag: entry.tag.text)]
        else { return false }
        return CondemnedObjects.isOlder(entry, thanListed: listed)
    }

    /// Whether the object can be one that a list named which was written at `time`.
    static func isOlder(_ entry: ObjectEntry, thanListed time: Int64) -> Bool { entry.modified <= time + SweepPlan.tolerance }

    /// Reads all lists. One that is gone was replaced by another: then they are listed anew.
    static func read(_ remote: Remote) async throws -> CondemnedObjects {
        for _ in 0..<5 {
            if let found = try await readOnce(remote) { return found }
        }
        throw TenonError(
            .busy, "'\(remote.location)' can't be used now", cause: "a sweep changes its lists while they are read", hint: "try again in a moment")
    }

    private static func readOnce(_ remote: Remote) async throws -> CondemnedObjects? {
        var lists: [List] = []
        for try await entry in remote.objects(try ObjectPrefix(RemoteName.sweeps)) {
            guard let (id, isSwept) = RemoteName.condemned(entry.name.text) else { continue }
            guard lists.count < maximumCount else {
                throw TenonError(.corrupt, "'\(remote.location)' can't be used", cause: "there are over \(maximumCount) lists of condemned objects")
            }
            guard let (bytes, found) = try await remote.contents(of: entry.name, limit: CondemnedList.maximumLength) else { return nil }
            guard SHA256Hasher.hash(bytes) == id else {
                throw TenonError(
                    .corrupt, "'\(entry.name)' on '\(remote.location)' is damaged", cause: "its SHA-256 is not its name",
                    hint: "remove that object by hand, then run 'tenon fsck --repair' where the data is stored")
            }
            lists.append(List(id: id, isSwept: isSwept, entry: found, entries: try CondemnedList(parsing: bytes).entries))
        }
        return CondemnedObjects(lists)
    }
}
