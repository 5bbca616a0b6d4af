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
    /// The number of the latest name; names that may be there, the latest last; the lists that are known.
    private let state = Mutex<(number: Int, names: [ObjectName], known: Set<Digest>)>((-1, [], []))

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

    /// Writes it under a new name, then removes those before. One that is cut short leaves its names to the next, or to `release`.
    private func renew(knowing known: Set<Digest>? = nil) async throws {
        let (old, name, known) = try state.withLock { state in
            if let known { state.known = known }
            state.number += 1
            let old = state.names
            let name = try ObjectName(RemoteName.lease(holder, state.number))
            state.names.append(name)
            return (old, name, state.known)
        }
        _ = try await remote.create(name, bytes: RemoteLease(known: known).bytes)
        for name in old { try await remove(name) }
    }

    private func release() async {
        // One that stays is passed over when it is old.
        for name in state.withLock({ $0.names }) { try? await remove(name) }
    }

    private func remove(_ name: ObjectName) async throws {
        do {
            if let entry = try await remote.head(name) { _ = try await remote.delete(entry.name, entry.tag) }
        } catch let error as TenonError where error.code == .unsupported || error.code == .permission {}
        state.withLock { state in state.names.removeAll { $0 == name } }
    }
}
