/// Foresees from what was sent how long the rest will take.
struct TransferForecast: Sendable {
    /// Bytes to be sent.
    let total: UInt64
    let limit: Duration

    /// Before this, connections and first packs say nothing about the rate.
    private static let firstJudgement = Duration.seconds(3)

    /// Whether it takes longer than the limit, at the rate so far; or has done so already.
    func isTooLong(after elapsed: Duration, sent: UInt64) -> Bool {
        if elapsed > limit { return true }
        guard elapsed >= TransferForecast.firstJudgement, sent > 0, sent < total else { return false }
        return elapsed * (Double(total) / Double(sent)) > limit
    }
}
