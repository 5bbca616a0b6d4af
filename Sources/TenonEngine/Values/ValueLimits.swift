import TenonCore

/// How much is read of a file of values. Whoever wrote it may mean harm.
struct ValueLimits: Sendable {
    /// Bytes.
    var length: Int
    /// Values, those in lists included.
    var count: Int

    /// Parameters and metrics.
    static let values = ValueLimits(length: 1 << 20, count: 10_000)
    /// Data of plots.
    static let plots = ValueLimits(length: 32 << 20, count: 2_000_000)

    /// Lists and mappings in one another.
    static let depth = 64
    /// Bytes of a key, those of the mappings around it included.
    static let keyLength = 1024
}

/// Counts what is read against the limits.
struct ValueBudget {
    private var left: Int

    init(_ limits: ValueLimits) {
        left = limits.count
    }

    /// Throws `invalidArgument` when there is too much.
    mutating func spend(depth: Int) throws(TenonError) {
        guard depth < ValueLimits.depth else { throw ValueProblem.error("it is nested too deeply") }
        left -= 1
        guard left >= 0 else { throw ValueProblem.error("it has too many values") }
    }
}
