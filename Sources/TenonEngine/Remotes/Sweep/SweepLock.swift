import Synchronization
import TenonCore
import TenonFormat
import TenonRemote

/// One sweep of a remote at a time: a lock that its holder renews by compare-and-swap, and that others take over when it is old.
final class SweepLock: Sendable {
    private let remote: Remote
    private let claim: SweepClaim
    private let name: ObjectName
    private let upkeep: Upkeep
    private let state = Mutex<(tag: ObjectTag?, isLost: Bool)>((nil, false))

    /// A lock that was not renewed for so long is taken over. In milliseconds; well over `Upkeep.limit`.
    private static let expiry: Int64 = 1_800_000

    private init(_ remote: Remote, _ claim: SweepClaim, upkeep: Upkeep) throws {
        self.remote = remote
        self.claim = claim
        self.upkeep = upkeep
        name = try ObjectName(RemoteName.sweepLock)
    }

    /// Runs `body` while nobody else sweeps. Throws `busy` if somebody does; a lock that this store's daemon left behind is its own to take.
    static func holding<Value: Sendable>(
        _ remote: Remote, store: String, writer: String, now: Int64, upkeep: Upkeep = Upkeep(), _ body: (SweepLock) async throws -> Value
    ) async throws -> Value {
        let lock = try SweepLock(remote, SweepClaim(store: store, writer: writer, nonce: RemoteName.newIdentifier()), upkeep: upkeep)
        try await lock.take(now)
        do {
            let value = try await upkeep.during({ try await lock.renew() }) { try await body(lock) }
            await lock.release()
            return value
        } catch {
            await lock.release()
            throw error
        }
    }

    /// Throws `busy` if somebody may have taken it over.
    func check() throws(TenonError) {
        if state.withLock({ $0.isLost }) {
            throw TenonError(.busy, "the sweep was broken off", cause: "another one has begun", hint: "it does the rest")
        }
        try upkeep.check()
    }

    private func take(_ now: Int64) async throws {
        for _ in 0..<5 {
            _ = try await remote.create(name, bytes: claim.bytes)
            guard let (bytes, entry) = try await remote.contents(of: name, limit: SweepClaim.maximumLength) else { continue }
            let found = try SweepClaim(parsing: bytes)
            if found == claim { return state.withLock { $0.tag = entry.tag } }
            guard found.store == claim.store || entry.modified + SweepLock.expiry < now else {
                throw TenonError(
                    .busy, "'\(remote.location)' is not swept", cause: "\(displayName(found.writer.utf8)) is sweeping it",
                    hint: "wait for it; a sweep that was killed is passed over after half an hour")
            }
            if case .replaced(let tag) = try await remote.replace(name, entry.tag, with: claim.bytes) { return state.withLock { $0.tag = tag } }
        }
        throw TenonError(.busy, "'\(remote.location)' is not swept", cause: "others sweep it", hint: "try again in a moment")
    }

    private func renew() async throws {
        guard let tag = state.withLock({ $0.tag }) else { return }
        let outcome = try await remote.replace(name, tag, with: claim.bytes)
        state.withLock { state in
            if case .replaced(let tag) = outcome { state.tag = tag } else { state.isLost = true }
        }
    }

    private func release() async {
        guard let tag = state.withLock({ $0.isLost ? nil : $0.tag }) else { return }
        // One that stays is taken over when it is old.
        _ = try? await remote.delete(name, tag)
    }
}

extension Remote {
    /// The storage's clock, in milliseconds since 1970: the time of an object that is written for that and removed again.
    func storageTime() async throws -> Int64 {
        let name = try ObjectName("probe/" + RemoteName.newIdentifier())
        _ = try await create(name, bytes: Array("tenon clock\n".utf8))
        guard let entry = try await head(name) else {
            throw TenonError(.remote, "'\(location)' can't be used", cause: "what was just written there is not to be found")
        }
        _ = try await delete(name, entry.tag)
        return entry.modified
    }
}
