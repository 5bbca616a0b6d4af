import TenonCore
import TenonFormat
import TenonRemote

/// Finds packs that are worth writing anew: those of which less than half is needed.
///
/// So what is copied is never more than what goes, and a pack is copied only after half of it has died again.
struct RepackSearch: Sendable {
    let engine: Engine
    let view: RemoteView
    let mark: SweepMark
    let meter: Meter
    /// Requests at the same time.
    let jobs: Int

    struct Found: Sendable {
        var repacks: [Repack] = []
        /// Packs that are needed and can't be read.
        var damaged: Set<PackID> = []
    }

    /// Footers are read of those packs only of which the indexes list a block that is not needed.
    func run(_ needs: [PackID: PackNeeds.Need]) async throws -> Found {
        guard !needs.isEmpty else { return Found() }
        // What a damaged index alone lists stays as it is.
        _ = try await view.loadGoodIndexes()
        let counts = try await engine.blocking { [view] in view.blockCounts(of: Set(needs.keys)) }
        let suspects = needs.filter { id, need in need.blocks.count < counts[id] ?? 0 }.sorted { $0.key < $1.key }
        let looks = await ConcurrentWork.run(suspects, limit: jobs, meter: meter) { id, need in
            do {
                return try await look(at: id, need)
            } catch let error as TenonError where error.code == .corrupt || error.code == .missingContent {
                return Found(damaged: [id])
            } catch let error as TenonError where error.code == .unsupportedVersion {
                // A newer Tenon wrote it, and may write it anew.
                return Found()
            }
        }
        if let failure = looks.failure { throw failure }
        var found = Found()
        for look in looks.done {
            found.repacks += look.repacks
            found.damaged.formUnion(look.damaged)
        }
        found.repacks.sort { $0.pack.id < $1.pack.id }
        return found
    }

    private func look(at id: PackID, _ need: PackNeeds.Need) async throws -> Found {
        guard let entry = mark.packs[id] else { return Found() }
        let pack = RemoteIndex.Pack(id: id, length: need.length)
        let opened = try await RemotePack.open(pack, on: view.remote)
        guard need.blocks.end <= opened.footer.blockCount else { return Found(damaged: [id]) }
        let blocks = need.blocks.blocks
        let infos = blocks.map(opened.footer.block)
        let length = PackBuilder.length(of: infos, objects: blocks.reduce(0) { $0 + opened.ids[$1].count })
        guard length * 2 < pack.length, length <= UInt64(PackLimits.maximumWrittenPackLength),
            infos.allSatisfy({ Codec(rawValue: $0.codec) != nil }),
            // Others can't be replaced under their names.
            need.subjects.allSatisfy({ mark.locators[$0].map { $0.size <= UInt64(Remote.replaceableBytes) } ?? false })
        else { return Found() }
        let state = CondemnedList.Entry(target: .pack(id), size: entry.size, tag: entry.tag.text)
        return Found(repacks: [Repack(pack: pack, state: state, blocks: need.blocks, subjects: need.subjects, keptLength: length)])
    }
}
