import Synchronization
import TenonCore
import TenonFormat
import TenonRemote

/// A sign on a remote that somebody is about to say what is needed there: no sweep removes what its holder may rely on.
///
/// It is taken before the first look at what the remote has, and names the lists of condemned objects that were read then.
final class Lease: Sendable {
    private let remote: Remote
    private let holder = RemoteName.newIdentifier()
    private let upkeep: Upkeep
    private let state = Mutex<(number: Int, entry: ObjectEntry?, known: Set<Digest>)>((-1, nil, []))

    private init(_ remote: Remote, upkeep: Upkeep) {
        self.remote = remote
        self.upkeep = upkeep
    }

    /// Runs `body` with a lease and what is condemned.
    static func holding<Value: Sendable>(
        _ remote: Remote, upkeep: Upkeep = Upkeep(), _ body: (Lease, CondemnedObjects) async throws -> Value
    ) async throws -> Value {
        let lease = Lease(remote, upkeep: upkeep)
        do {
            try await lease.renew()
            let condemned = try await CondemnedObjects.read(remote)
            if !condemned.lists.isEmpty { try await lease.renew(knowing: condemned.ids) }
            let value = try await upkeep.during({ try await lease.renew() }) { try await body(lease, condemned) }
            await lease.release()
            return value
        } catch {
            await lease.release()
            throw error
        }
    }

    /// Throws `busy` if it was not renewed for too long: then a sweep may have passed over it.
    func check() throws(TenonError) { try upkeep.check() }

    /// Writes it under a new name, then removes the one before.
    private func renew(knowing known: Set<Digest>? = nil) async throws {
        let (old, number, known) = state.withLock { state in
            if let known { state.known = known }
            state.number += 1
            return (state.entry, state.number, state.known)
        }
        let name = try ObjectName(RemoteName.lease(holder, number))
        _ = try await remote.create(name, bytes: RemoteLease(known: known).bytes)
        let entry = try await remote.head(name)
        state.withLock { $0.entry = entry }
        if let old { try await Lease.remove(old, remote) }
    }

    private func release() async {
        guard let entry = state.withLock({ $0.entry }) else { return }
        // One that stays is passed over when it is old.
        try? await Lease.remove(entry, remote)
    }

    private static func remove(_ entry: ObjectEntry, _ remote: Remote) async throws {
        do {
            _ = try await remote.delete(entry.name, entry.tag)
        } catch let error as TenonError where error.code == .unsupported || error.code == .permission {}
    }
}
