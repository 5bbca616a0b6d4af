import TenonCore
import TenonFormat

/// Which objects of a remote are read to judge the rest by. The same seed draws the same ones, whoever draws.
struct RemoteSample: Sendable {
    /// Over 0, up to 1.
    let share: Double
    let seed: UInt32

    /// Throws `invalidArgument` for a share that is none.
    init(share: Double, seed: UInt32?) throws(TenonError) {
        guard share > 0, share <= 1 else {
            throw TenonError(.invalidArgument, "no such sample can be drawn", cause: "its share must be over 0 and at most 1 (100%)")
        }
        self.share = share
        self.seed = seed ?? UInt32.random(in: 0 ... .max)
    }

    /// About `share` of `keys`, one at least.
    func draw(from keys: Set<ObjectKey>) -> Set<ObjectKey> {
        if share == 1 { return keys }
        let limit = UInt64(share * Double(UInt64.max))
        var drawn: Set<ObjectKey> = []
        var first: (key: ObjectKey, rank: UInt64)?
        for key in keys {
            let rank = rank(of: key)
            if rank < limit { drawn.insert(key) }
            if rank < first?.rank ?? .max { first = (key, rank) }
        }
        return drawn.isEmpty ? Set([first?.key].compactMap(\.self)) : drawn
    }

    /// Spread evenly, and unforeseeable to whoever wrote the remote before the seed was drawn.
    private func rank(of key: ObjectKey) -> UInt64 {
        var bytes: [UInt8] = [key.type.rawValue]
        withUnsafeBytes(of: seed.littleEndian) { bytes.append(contentsOf: $0) }
        key.id.append(to: &bytes)
        return SHA256Hasher.hash(bytes).words.0
    }
}
