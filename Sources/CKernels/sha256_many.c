// SHA-256 of many pieces at once: sixteen streams, one in each 32-bit lane of the registers of AVX-512.
//
// The rounds are those of FIPS 180-4, section 6.2.2; that streams of different lengths share the lanes, the next one in where one ends, is from Gueron and Krasnov,
// "Simultaneous Hashing of Multiple Messages" (2012).
#include "CKernels.h"
#include "sha256_constants.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define LANES 16
#define BLOCK 64
#define DIGEST 32
/// So few streams are quicker one after the other, on the instructions for SHA-256.
#define TOO_FEW 5

#define WIDE __attribute__((target("avx512f,avx512bw")))
#define WIDE_INLINE __attribute__((target("avx512f,avx512bw"), always_inline)) static inline

int tenon_sha256_many_is_available(void) {
    return tenon_sha256_is_available() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

/// Turns sixteen rows of sixteen words into columns, as `m[w]` = word w of every lane, and swaps the bytes of each word.
WIDE_INLINE void load_words(__m512i m[16], const uint8_t *const data[LANES], size_t offset) {
    const __m512i byte_order = _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
    __m512i t[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) m[i] = _mm512_loadu_si512(data[i] + offset);
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(m[i], m[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(m[i], m[i + 1]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 4) {
        m[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        m[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        m[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        m[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(m[i], m[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(m[i], m[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(m[i + 8], m[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(m[i + 8], m[i + 12], 0xdd);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        m[i] = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(t[i], t[i + 8], 0x88), byte_order);
        m[i + 8] = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd), byte_order);
        m[i + 4] = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88), byte_order);
        m[i + 12] = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd), byte_order);
    }
}

#define XOR3 0x96
#define CHOOSE 0xCA
#define MAJORITY 0xE8
#define ROR(x, n) _mm512_ror_epi32(x, n)
#define ADD(x, y) _mm512_add_epi32(x, y)

/// One round; the caller names the eight words anew for the next one instead of moving them.
#define ROUND(a, b, c, d, e, f, g, h, word, constant)                                                              \
    {                                                                                                              \
        __m512i sum = ADD(ADD(h, _mm512_set1_epi32((int)(constant))), word);                                       \
        __m512i mixed = _mm512_ternarylogic_epi32(ROR(e, 6), ROR(e, 11), ROR(e, 25), XOR3);                        \
        sum = ADD(sum, ADD(mixed, _mm512_ternarylogic_epi32(e, f, g, CHOOSE)));                                    \
        mixed = _mm512_ternarylogic_epi32(ROR(a, 2), ROR(a, 13), ROR(a, 22), XOR3);                                \
        d = ADD(d, sum);                                                                                           \
        h = ADD(sum, ADD(mixed, _mm512_ternarylogic_epi32(a, b, c, MAJORITY)));                                    \
    }

/// Message word i of the first sixteen.
#define FIRST(i) m[i]

/// Message word i of the sixteen that follow those in m; takes the place of the one before.
#define NEXT(i) (m[i] = ADD(ADD(m[i], SIGMA(m[((i) + 1) & 15], 7, 18, 3)), ADD(m[((i) + 9) & 15], SIGMA(m[((i) + 14) & 15], 17, 19, 10))))
#define SIGMA(x, r1, r2, shift) _mm512_ternarylogic_epi32(ROR(x, r1), ROR(x, r2), _mm512_srli_epi32(x, shift), XOR3)

#define EIGHT_ROUNDS(i, WORD)                              \
    ROUND(a, b, c, d, e, f, g, h, WORD(i), k[i])           \
    ROUND(h, a, b, c, d, e, f, g, WORD(i + 1), k[i + 1])   \
    ROUND(g, h, a, b, c, d, e, f, WORD(i + 2), k[i + 2])   \
    ROUND(f, g, h, a, b, c, d, e, WORD(i + 3), k[i + 3])   \
    ROUND(e, f, g, h, a, b, c, d, WORD(i + 4), k[i + 4])   \
    ROUND(d, e, f, g, h, a, b, c, WORD(i + 5), k[i + 5])   \
    ROUND(c, d, e, f, g, h, a, b, WORD(i + 6), k[i + 6])   \
    ROUND(b, c, d, e, f, g, h, a, WORD(i + 7), k[i + 7])

/// Folds `count` blocks of each lane into its column of `state`.
WIDE static void compress_lanes(uint32_t state[8][LANES], const uint8_t *const data[LANES], size_t count) {
    __m512i s[8];
    for (int i = 0; i < 8; i++) s[i] = _mm512_loadu_si512(state[i]);
    for (size_t block = 0; block < count; block++) {
        __m512i m[16];
        load_words(m, data, block * BLOCK);
        __m512i a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
        const uint32_t *k = tenon_sha256_constants;
        EIGHT_ROUNDS(0, FIRST)
        EIGHT_ROUNDS(8, FIRST)
        for (k += 16; k < tenon_sha256_constants + 64; k += 16) {
            EIGHT_ROUNDS(0, NEXT)
            EIGHT_ROUNDS(8, NEXT)
        }
        s[0] = ADD(s[0], a), s[1] = ADD(s[1], b), s[2] = ADD(s[2], c), s[3] = ADD(s[3], d);
        s[4] = ADD(s[4], e), s[5] = ADD(s[5], f), s[6] = ADD(s[6], g), s[7] = ADD(s[7], h);
    }
    for (int i = 0; i < 8; i++) _mm512_storeu_si512(state[i], s[i]);
}

/// A piece on its way through a lane: its whole blocks, then its ending.
typedef struct {
    size_t piece;
    const uint8_t *next;
    /// Blocks from `next` on.
    size_t blocks;
    /// Of the ending, if it is still to come; else 0.
    size_t ending_blocks;
    /// What is left after the whole blocks, the bit that ends a message, zeros, and the length in bits.
    uint8_t ending[2 * BLOCK];
} stream;

/// Begins a piece in a lane.
static void begin(stream *s, uint32_t state[8][LANES], size_t lane, size_t piece, const uint8_t *bytes, size_t length) {
    static const uint32_t initial[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    for (int i = 0; i < 8; i++) state[i][lane] = initial[i];
    size_t rest = length % BLOCK;
    s->piece = piece;
    s->next = bytes;
    s->blocks = length / BLOCK;
    s->ending_blocks = rest + 1 + 8 <= BLOCK ? 1 : 2;
    memset(s->ending, 0, sizeof s->ending);
    if (rest > 0) memcpy(s->ending, bytes + length - rest, rest);
    s->ending[rest] = 0x80;
    uint64_t bits = __builtin_bswap64((uint64_t)length * 8);
    memcpy(s->ending + s->ending_blocks * BLOCK - sizeof bits, &bits, sizeof bits);
}

/// Where the stream goes on; 0 blocks if it is at its end.
static void turn_to_ending(stream *s) {
    if (s->blocks > 0 || s->ending_blocks == 0) return;
    s->next = s->ending;
    s->blocks = s->ending_blocks;
    s->ending_blocks = 0;
}

static void put_digest(uint8_t digest[DIGEST], const uint32_t state[8][LANES], size_t lane) {
    for (int i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(state[i][lane]);
        memcpy(digest + 4 * i, &word, sizeof word);
    }
}

/// Ends a piece whose lane goes on alone.
static void finish_alone(stream *s, uint32_t state[8][LANES], size_t lane) {
    uint32_t own[8];
    for (int i = 0; i < 8; i++) own[i] = state[i][lane];
    for (turn_to_ending(s); s->blocks > 0; turn_to_ending(s)) {
        tenon_sha256_compress(own, s->next, s->blocks);
        s->blocks = 0;
    }
    for (int i = 0; i < 8; i++) state[i][lane] = own[i];
}

void tenon_sha256_many(const uint8_t *const *pieces, const size_t *lengths, size_t count, uint8_t *digests) {
    stream streams[LANES];
    uint32_t state[8][LANES];
    size_t begun = 0, active[LANES], active_count = 0;
    for (; begun < count && begun < LANES; begun++) {
        begin(&streams[begun], state, begun, begun, pieces[begun], lengths[begun]);
        active[active_count++] = begun;
    }
    while (active_count > TOO_FEW) {
        size_t together = SIZE_MAX;
        for (size_t i = 0; i < active_count; i++) {
            stream *s = &streams[active[i]];
            turn_to_ending(s);
            if (s->blocks < together) together = s->blocks;
        }
        // A lane without a piece goes over the bytes of one that has one.
        const uint8_t *data[LANES];
        for (size_t lane = 0; lane < LANES; lane++) data[lane] = streams[active[0]].next;
        for (size_t i = 0; i < active_count; i++) data[active[i]] = streams[active[i]].next;
        compress_lanes(state, data, together);
        size_t still_active = 0;
        for (size_t i = 0; i < active_count; i++) {
            size_t lane = active[i];
            stream *s = &streams[lane];
            s->next += together * BLOCK;
            s->blocks -= together;
            if (s->blocks == 0 && s->ending_blocks == 0) {
                put_digest(digests + DIGEST * s->piece, state, lane);
                if (begun == count) continue;
                begin(s, state, lane, begun, pieces[begun], lengths[begun]);
                begun++;
            }
            active[still_active++] = lane;
        }
        active_count = still_active;
    }
    for (size_t i = 0; i < active_count; i++) {
        finish_alone(&streams[active[i]], state, active[i]);
        put_digest(digests + DIGEST * streams[active[i]].piece, state, active[i]);
    }
}

#else

int tenon_sha256_many_is_available(void) {
    return 0;
}

void tenon_sha256_many(const uint8_t *const *pieces, const size_t *lengths, size_t count, uint8_t *digests) {
    (void)pieces, (void)lengths, (void)count, (void)digests;
}

#endif
