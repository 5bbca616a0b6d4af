import TenonAPI
import TenonCore
import TenonFormat
import TenonRemote
import TenonStore

/// Heals a remote with what the store has (docs/decisions/repair.md): what replaces something damaged is there, and found, before that goes.
struct RemoteRepair: Sendable {
    let engine: Engine
    let view: RemoteView
    let meter: Meter
    /// Transfers at the same time.
    let jobs: Int

    enum Event: Sendable {
        case finding(FsckFinding)
        case warning(String)
    }

    struct Outcome: Sendable {
        var healed: HealedRemote
        var findings = 0
        var remaining = 0
    }

    private var upload: Upload { Upload(engine: engine, view: view, meter: meter, jobs: jobs) }

    /// Looks at what the remote has of `bound`, by content if `reads`, and heals it. What was never pushed is not missed.
    func run(_ bound: [Pointer], name: String, reads: Bool, _ tell: @Sendable (Event) -> Void) async throws -> Outcome {
        var outcome = Outcome(healed: HealedRemote(name: name))
        func report(_ subject: String, _ detail: String, healed: Bool? = nil) {
            if healed == nil { outcome.findings += 1 }
            tell(.finding(FsckFinding(subject: subject, detail: detail, healed: healed)))
        }
        for index in try await RemoteIndexRepair(view: view, readsAll: reads).run() {
            report("index \(index.hex) on '\(name)'", "it was damaged")
            report("index \(index.hex) on '\(name)'", "made anew from the packs", healed: true)
        }
        let present = try await view.present(Set(bound.map(Locator.Subject.init)))
        let pushed = bound.filter { present.contains(Locator.Subject($0)) }
        let check = RemoteCheck(engine: engine, view: view, meter: meter, jobs: jobs)
        let found = try await check.run(pushed, sample: reads ? RemoteSample(share: 1, seed: 0) : nil)
        for (id, fault) in found.damage.packs.sorted(by: { $0.key < $1.key }) { report("pack \(id.digest.hex) on '\(name)'", fault.detail) }
        for (id, blocks) in found.damage.blocks.sorted(by: { $0.key < $1.key }) {
            for (block, fault) in blocks.sorted(by: { $0.key < $1.key }) {
                report("block \(block) of pack \(id.digest.hex) on '\(name)'", fault.detail)
            }
        }
        let badLocators = pushed.filter { found.faults[Locator.Subject($0)]?.problem == .damaged }
        for pointer in badLocators { report("snapshot \(pointer.oid) on '\(name)'", found.faults[Locator.Subject(pointer)]?.detail ?? "") }

        let mendable = try await engine.blocking { [store = engine.store] in found.lost.filter(store.contains) }
        outcome.healed.lost = found.lost.count - mendable.count
        if !mendable.isEmpty {
            let totals = try await upload.resend(mendable, despite: found.damage)
            outcome.healed.objects = mendable.count
            outcome.healed.bytes = totals.bytes
            report("'\(name)'", "\(mendable.count) objects are stored there again", healed: true)
        }
        let damage = try await stillDamaged(found.damage)
        do {
            if try await replaceReferences(to: damage, in: pushed, broken: badLocators) > 0 {
                report("'\(name)'", "its locators lead to what is there", healed: true)
            }
            for id in try await removeSpoiled(damage) {
                report("pack \(id.digest.hex) on '\(name)'", "removed: nothing needs it any more", healed: true)
            }
        } catch let error as TenonError where error.code == .unsupported {
            tell(.warning("'\(name)' keeps what is damaged beside what replaces it: its storage removes nothing on a condition"))
        }
        let after = try await check.run(pushed, sample: nil)
        outcome.remaining = after.faults.count + outcome.healed.lost
        return outcome
    }

    /// Without packs that have been sent again under their own names.
    private func stillDamaged(_ damage: RemoteDamage) async throws -> RemoteDamage {
        var damage = damage
        for (id, fault) in damage.packs where fault.problem == .missing {
            guard let pack = view.packs.first(where: { $0.id == id }) else { continue }
            if try await view.remote.head(ObjectName(RemoteName.pack(id)))?.size == pack.length { damage.packs[id] = nil }
        }
        return damage
    }

    /// Takes damaged places of objects that have a good one out of the indexes, and writes locators again that name one, or can't be read. Returns how
    /// many locators those were.
    private func replaceReferences(to damage: RemoteDamage, in pushed: [Pointer], broken: [Pointer]) async throws -> Int {
        if !damage.packs.isEmpty || !damage.blocks.isEmpty {
            try await view.keepPlaces { key, pack, block in
                damage.fault(of: (pack, block)) == nil || view.goodPlace(of: key, damage) == nil
            }
        }
        var count = 0
        for pointer in pushed {
            let subject = Locator.Subject(pointer)
            let isBroken = broken.contains { Locator.Subject($0) == subject }
            if !isBroken {
                guard try await names(damage, subject) else { continue }
            }
            let name = try ObjectName(RemoteName.locator(subject))
            let locator: Locator
            do {
                locator = try await upload.locator(of: pointer)
            } catch let error as TenonError where [.internal, .missingContent, .corrupt].contains(error.code) {
                // Some of it is lost: the old one says more.
                continue
            }
            try await replace(name, with: locator)
            count += 1
        }
        return count
    }

    /// Puts `locator` in place of the one that is there: at once, where it is short enough for that. If somebody else has written one since, that one stays.
    private func replace(_ name: ObjectName, with locator: Locator) async throws {
        if let entry = try await view.remote.head(name) {
            if locator.bytes.count > Remote.replaceableBytes {
                _ = try await view.remote.delete(name, entry.tag)
            } else if case .replaced = try await view.remote.replace(name, entry.tag, with: locator.bytes) {
                return
            }
        }
        try await view.write(locator)
    }

    private func names(_ damage: RemoteDamage, _ subject: Locator.Subject) async throws -> Bool {
        if damage.packs.isEmpty && damage.blocks.isEmpty { return false }
        guard let locator = try? await view.locator(subject) else { return false }
        return locator.parts.contains { part in
            damage.packs[part.pack.id] != nil
                || damage.blocks[part.pack.id]?.keys.contains { block in part.runs.contains { $0.contains(UInt32(block)) } } ?? false
        }
    }

    /// Removes packs that are damaged and that no index names any more: each in the very state in which its bytes are not its name.
    private func removeSpoiled(_ damage: RemoteDamage) async throws -> [PackID] {
        let named = Set(view.packs.map(\.id))
        var removed: [PackID] = []
        for id in Set(damage.packs.keys).union(damage.blocks.keys).subtracting(named).sorted() {
            let name = try ObjectName(RemoteName.pack(id))
            guard try await view.remote.head(name) != nil else { continue }
            let hash = HashingSink()
            let slice = try await view.remote.read(name, into: hash)
            guard hash.finish() != id.digest else { continue }
            if try await view.remote.delete(name, slice.entry.tag) == .deleted { removed.append(id) }
        }
        return removed
    }
}
