import CZstd

/// A way to write zstd frames. Any valid frame will do for a reader.
struct ZstdParameters {
    let level: Int32
    let others: [(parameter: ZSTD_cParameter, value: Int32)]

    /// For text, small files and metadata.
    static let general = ZstdParameters(level: 3, others: [])

    /// For long blocks that are not text: on shared libraries 1.6 % more bytes than level 3, written 1.6 times as fast.
    static let binary = ZstdParameters(
        level: 2,
        others: [
            (ZSTD_c_strategy, Int32(ZSTD_fast.rawValue)),
            (ZSTD_c_windowLog, 22),
            (ZSTD_c_hashLog, 16),
            (ZSTD_c_minMatch, 6),
        ])

    /// For a first look at blocks whose bytes are noise one by one: finds what repeats at length, three times as fast as `binary`.
    static let repeats = ZstdParameters(
        level: 2,
        others: [
            (ZSTD_c_strategy, Int32(ZSTD_fast.rawValue)),
            (ZSTD_c_windowLog, 22),
            (ZSTD_c_hashLog, 13),
            (ZSTD_c_minMatch, 7),
            (ZSTD_c_targetLength, 16),
        ])

    /// For the segments of planes: literals alone, entropy-coded.
    ///
    /// Matches in the planes of weights are noise, so the search is made as short as zstd allows.
    static let planes = ZstdParameters(
        level: -50,
        others: [
            (ZSTD_c_strategy, Int32(ZSTD_fast.rawValue)),
            (ZSTD_c_minMatch, 7),
            (ZSTD_c_targetLength, 131_072),
            (ZSTD_c_hashLog, 6),
            // ZSTD_c_literalCompressionMode = ZSTD_ps_enable; negative levels would leave literals as they are.
            (ZSTD_c_experimentalParam5, 1),
        ])

    /// What is used if the library refuses one of the others.
    static let fallback = ZstdParameters(level: 1, others: [])
}
