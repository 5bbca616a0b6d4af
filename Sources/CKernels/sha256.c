// SHA-256 with the instructions of x86 ("SHA-NI"), for one stream and for two.
//
// The rounds follow Intel, "Intel SHA Extensions: New Instructions Supporting the Secure Hash Algorithm" (2013).
#include "CKernels.h"
#include "sha256_constants.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define SHA_TARGET __attribute__((target("sha,avx")))
#define SHA_INLINE __attribute__((target("sha,avx"), always_inline)) static inline

// AVX adds no wider registers here, only instructions with three operands: a quarter fewer in all than with SSE alone. The small cores that have
// SHA-256 without AVX go the other way.
int tenon_sha256_is_available(void) {
    unsigned a, b, c, d;
    if (!__builtin_cpu_supports("avx") || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    return (b >> 29) & 1;
}

/// The state as the instructions want it: words A B E F and C D G H.
typedef struct {
    __m128i abef, cdgh;
} lanes;

SHA_INLINE lanes load_state(const uint32_t state[8]) {
    __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[0]), 0xB1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[4]), 0x1B);
    lanes result = {_mm_alignr_epi8(abcd, efgh, 8), _mm_blend_epi16(efgh, abcd, 0xF0)};
    return result;
}

SHA_INLINE void store_state(uint32_t state[8], lanes value) {
    __m128i feba = _mm_shuffle_epi32(value.abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(value.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)&state[0], _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)&state[4], _mm_alignr_epi8(dchg, feba, 8));
}

SHA_INLINE __m128i load_words(const uint8_t *data) {
    const __m128i byte_order = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)data), byte_order);
}

/// Four rounds with message words `words` and constants at `round`.
SHA_INLINE void four_rounds(lanes *s, __m128i words, int round) {
    __m128i sum = _mm_add_epi32(words, _mm_load_si128((const __m128i *)&tenon_sha256_constants[round]));
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

/// The four words that follow the sixteen in m0…m3.
SHA_INLINE __m128i next_words(__m128i m0, __m128i m1, __m128i m2, __m128i m3) {
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(m0, m1), _mm_alignr_epi8(m3, m2, 4));
    return _mm_sha256msg2_epu32(sum, m3);
}

SHA_TARGET void tenon_sha256_compress(uint32_t state[8], const uint8_t *data, size_t count) {
    lanes s = load_state(state);
    for (; count > 0; count -= 1, data += 64) {
        lanes before = s;
        __m128i m0 = load_words(data), m1 = load_words(data + 16), m2 = load_words(data + 32), m3 = load_words(data + 48);
        four_rounds(&s, m0, 0);
        four_rounds(&s, m1, 4);
        four_rounds(&s, m2, 8);
        four_rounds(&s, m3, 12);
#pragma clang loop unroll(full)
        for (int round = 16; round < 64; round += 16) {
            m0 = next_words(m0, m1, m2, m3);
            four_rounds(&s, m0, round);
            m1 = next_words(m1, m2, m3, m0);
            four_rounds(&s, m1, round + 4);
            m2 = next_words(m2, m3, m0, m1);
            four_rounds(&s, m2, round + 8);
            m3 = next_words(m3, m0, m1, m2);
            four_rounds(&s, m3, round + 12);
        }
        s.abef = _mm_add_epi32(s.abef, before.abef);
        s.cdgh = _mm_add_epi32(s.cdgh, before.cdgh);
    }
    store_state(state, s);
}

SHA_TARGET void tenon_sha256_compress_two(
    uint32_t state_a[8], const uint8_t *data_a, uint32_t state_b[8], const uint8_t *data_b, size_t count) {
    lanes a = load_state(state_a), b = load_state(state_b);
    for (; count > 0; count -= 1, data_a += 64, data_b += 64) {
        lanes before_a = a, before_b = b;
        __m128i a0 = load_words(data_a), a1 = load_words(data_a + 16), a2 = load_words(data_a + 32), a3 = load_words(data_a + 48);
        __m128i b0 = load_words(data_b), b1 = load_words(data_b + 16), b2 = load_words(data_b + 32), b3 = load_words(data_b + 48);
        four_rounds(&a, a0, 0);
        four_rounds(&b, b0, 0);
        four_rounds(&a, a1, 4);
        four_rounds(&b, b1, 4);
        four_rounds(&a, a2, 8);
        four_rounds(&b, b2, 8);
        four_rounds(&a, a3, 12);
        four_rounds(&b, b3, 12);
#pragma clang loop unroll(full)
        for (int round = 16; round < 64; round += 16) {
            a0 = next_words(a0, a1, a2, a3);
            b0 = next_words(b0, b1, b2, b3);
            four_rounds(&a, a0, round);
            four_rounds(&b, b0, round);
            a1 = next_words(a1, a2, a3, a0);
            b1 = next_words(b1, b2, b3, b0);
            four_rounds(&a, a1, round + 4);
            four_rounds(&b, b1, round + 4);
            a2 = next_words(a2, a3, a0, a1);
            b2 = next_words(b2, b3, b0, b1);
            four_rounds(&a, a2, round + 8);
            four_rounds(&b, b2, round + 8);
            a3 = next_words(a3, a0, a1, a2);
            b3 = next_words(b3, b0, b1, b2);
            four_rounds(&a, a3, round + 12);
            four_rounds(&b, b3, round + 12);
        }
        a.abef = _mm_add_epi32(a.abef, before_a.abef);
        a.cdgh = _mm_add_epi32(a.cdgh, before_a.cdgh);
        b.abef = _mm_add_epi32(b.abef, before_b.abef);
        b.cdgh = _mm_add_epi32(b.cdgh, before_b.cdgh);
    }
    store_state(state_a, a);
    store_state(state_b, b);
}

#else

int tenon_sha256_is_available(void) {
    return 0;
}

void tenon_sha256_compress(uint32_t state[8], const uint8_t *data, size_t count) {
    (void)state, (void)data, (void)count;
}

void tenon_sha256_compress_two(uint32_t state_a[8], const uint8_t *data_a, uint32_t state_b[8], const uint8_t *data_b, size_t count) {
    (void)state_a, (void)data_a, (void)state_b, (void)data_b, (void)count;
}

#endif
