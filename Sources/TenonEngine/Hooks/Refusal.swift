import TenonAPI
import TenonCore
import TenonFormat

/// Why something must not be committed or published.
struct Refusal: Sendable {
    var error: TenonError
    /// The snapshot that is not stored here, where that is the reason: if a remote has it, it is none.
    var missing: Locator.Subject?
}

extension Engine {
    /// Those of `refusals` that stay once the default remote was asked for what is not stored here.
    func settled(
        _ refusals: [Refusal], _ context: WorkTreeContext, environment: [String: String]?, warn: @escaping @Sendable (String) -> Void
    ) async throws -> [TenonError] {
        let missing = Set(refusals.compactMap(\.missing))
        let found = missing.isEmpty ? [] : try await onDefaultRemote(missing, context, environment: environment, warn: warn)
        return refusals.filter { $0.missing.map { !found.contains($0) } ?? true }.map(\.error)
    }

    /// Which of `subjects` the default remote has: as far as that is known here, and then as it says itself. One that can't be asked is said; without
    /// `environment` it is not asked.
    private func onDefaultRemote(
        _ subjects: Set<Locator.Subject>, _ context: WorkTreeContext, environment: [String: String]?, warn: @escaping @Sendable (String) -> Void
    ) async throws -> Set<Locator.Subject> {
        let remote = try await blocking { try WorkTree(context, engine: self).usableDefaultRemote() }
        guard let remote else { return [] }
        let known = try await blocking { self.known(on: remote) }.intersection(subjects)
        let unknown = subjects.subtracting(known)
        guard let environment, !unknown.isEmpty else { return known }
        do {
            return try await withRemotes([remote], environment: Engine.hasty(environment)) { sessions in
                var found = known
                for session in sessions { found.formUnion(try await session.view.present(unknown)) }
                return found
            }
        } catch let error as TenonError where error.code != .cancelled {
            warn("remote '\(remote.name)' could not be asked for what is not stored here: \(error)")
            return known
        }
    }

    /// What a remote was last seen to have.
    func known(on remote: RemoteConfiguration) -> Set<Locator.Subject> {
        remote.id.map { KnownSnapshots(store: store, remoteID: $0).load() } ?? []
    }

    /// Whoever commits or pushes waits for no remote that is silent, unless told to.
    static func hasty(_ environment: [String: String]) -> [String: String] {
        environment.merging(["TENON_REMOTE_PATIENCE": "10"]) { own, _ in own }
    }
}

extension WorkTree {
    /// The default remote, if there is one that was agreed to.
    func usableDefaultRemote() throws -> RemoteConfiguration? {
        do {
            return try remote(nil, (try? settings()) ?? Settings())
        } catch let error as TenonError where error.code == .notFound || error.code == .permission {
            return nil
        }
    }
}
