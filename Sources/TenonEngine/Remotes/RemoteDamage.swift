import TenonCore
import TenonFormat
import TenonRemote

/// What of a remote's packs can't be had, as far as they were looked at.
struct RemoteDamage: Sendable {
    enum Problem: Sendable {
        /// Nobody finds it there.
        case missing
        /// It is there, and is not what it should be.
        case damaged
    }

    /// Why something can't be had.
    struct Fault: Sendable {
        var problem: Problem
        var detail: String

        /// What an error of reading says about what was read; `nil` for one that says nothing about it, such as a network that is down.
        init?(_ error: any Error) {
            guard let error = error as? TenonError else { return nil }
            switch error.code {
            case .missingContent: self.init(.missing, error.message)
            case .corrupt: self.init(.damaged, error.description)
            default: return nil
            }
        }

        init(_ problem: Problem, _ detail: String) {
            self.problem = problem
            self.detail = detail
        }
    }

    /// Packs of which nothing can be read.
    var packs: [PackID: Fault] = [:]
    /// Single blocks of packs that can be read.
    var blocks: [PackID: [Int: Fault]] = [:]

    /// Packs whose names something damaged has.
    var spoiled: Set<PackID> { Set(packs.filter { $0.value.problem == .damaged }.map(\.key)).union(blocks.keys) }

    func fault(of place: RemoteView.Place) -> Fault? {
        packs[place.pack.id] ?? blocks[place.pack.id]?[place.block]
    }
}

extension RemoteView {
    /// The first place of an object that is not known to be damaged.
    func goodPlace(of key: ObjectKey, _ damage: RemoteDamage) -> Place? {
        places(of: key).first { damage.fault(of: $0) == nil }
    }

    /// Which of the packs that the indexes name are not there, or have another length.
    func damageByListing() async throws -> RemoteDamage {
        var unseen = Dictionary(packs.map { (RemoteName.pack($0.id), $0) }) { first, _ in first }
        var damage = RemoteDamage()
        func check(_ pack: RemoteIndex.Pack, size: UInt64) {
            guard size != pack.length else { return }
            damage.packs[pack.id] = .init(.damaged, "pack \(pack.id.digest.hex) on '\(remote.location)' has \(size) bytes, not \(pack.length)")
        }
        for try await entry in remote.objects(try ObjectPrefix(RemoteName.packs)) {
            if let pack = unseen.removeValue(forKey: entry.name.text) { check(pack, size: entry.size) }
        }
        // A listing may lag behind.
        for (name, pack) in unseen {
            if let entry = try await remote.head(ObjectName(name)) {
                check(pack, size: entry.size)
            } else {
                damage.packs[pack.id] = .init(.missing, "pack \(pack.id.digest.hex) is gone from '\(remote.location)'")
            }
        }
        return damage
    }
}
