// Splitting numbers into planes of equal significance, and merging them again.
#include "CKernels.h"

#if defined(__SSE2__)
#include <emmintrin.h>

/// Bytes 0, 2, 4 … of `low` and `high`, one after the other.
static inline __m128i even_bytes(__m128i low, __m128i high) {
    const __m128i mask = _mm_set1_epi16(0x00FF);
    return _mm_packus_epi16(_mm_and_si128(low, mask), _mm_and_si128(high, mask));
}

/// Bytes 1, 3, 5 … of `low` and `high`, one after the other.
static inline __m128i odd_bytes(__m128i low, __m128i high) {
    return _mm_packus_epi16(_mm_srli_epi16(low, 8), _mm_srli_epi16(high, 8));
}

static inline __m128i load(const uint8_t *place) {
    return _mm_loadu_si128((const __m128i *)place);
}

static inline void store(uint8_t *place, __m128i value) {
    _mm_storeu_si128((__m128i *)place, value);
}

static inline __m128i rotated_left(__m128i value, unsigned width, unsigned rotation) {
    if (!rotation) return value;
    switch (width) {
    case 2: return _mm_or_si128(_mm_slli_epi16(value, 1), _mm_srli_epi16(value, 15));
    case 4: return _mm_or_si128(_mm_slli_epi32(value, 1), _mm_srli_epi32(value, 31));
    default: return _mm_or_si128(_mm_slli_epi64(value, 1), _mm_srli_epi64(value, 63));
    }
}

static inline __m128i rotated_right(__m128i value, unsigned width, unsigned rotation) {
    if (!rotation) return value;
    switch (width) {
    case 2: return _mm_or_si128(_mm_srli_epi16(value, 1), _mm_slli_epi16(value, 15));
    case 4: return _mm_or_si128(_mm_srli_epi32(value, 1), _mm_slli_epi32(value, 31));
    default: return _mm_or_si128(_mm_srli_epi64(value, 1), _mm_slli_epi64(value, 63));
    }
}

/// Splits sixteen elements at a time and returns how many it split.
__attribute__((always_inline)) static inline size_t split_vectors(
    const uint8_t *elements, size_t count, unsigned width, unsigned rotation, uint8_t *planes, size_t stride) {
    size_t i = 0;
    for (; count - i >= 16; i += 16) {
        __m128i v[8], t[8];
        for (unsigned k = 0; k < width; k++) v[k] = rotated_left(load(elements + i * width + 16 * k), width, rotation);
        // Each pass sorts the bytes by one more bit of their number, lowest first: afterwards plane k is the vector whose number has the
        // bits of k in reverse.
        for (unsigned half = width / 2, groups = 1; half > 0; half /= 2, groups *= 2) {
            for (unsigned g = 0; g < groups; g++) {
                for (unsigned k = 0; k < half; k++) {
                    unsigned base = g * 2 * half;
                    t[base + k] = even_bytes(v[base + 2 * k], v[base + 2 * k + 1]);
                    t[base + half + k] = odd_bytes(v[base + 2 * k], v[base + 2 * k + 1]);
                }
            }
            for (unsigned k = 0; k < width; k++) v[k] = t[k];
        }
        for (unsigned k = 0; k < width; k++) {
            unsigned reversed = width == 2 ? k : width == 4 ? ((k & 1) << 1 | k >> 1) : ((k & 1) << 2 | (k & 2) | k >> 2);
            store(planes + k * stride + i, v[reversed]);
        }
    }
    return i;
}

/// Merges sixteen elements at a time and returns how many it merged.
__attribute__((always_inline)) static inline size_t merge_vectors(
    const uint8_t *const *planes, size_t count, unsigned width, unsigned rotation, uint8_t *elements) {
    size_t i = 0;
    for (; count - i >= 16; i += 16) {
        __m128i v[8], t[8];
        for (unsigned k = 0; k < width; k++) {
            unsigned reversed = width == 2 ? k : width == 4 ? ((k & 1) << 1 | k >> 1) : ((k & 1) << 2 | (k & 2) | k >> 2);
            v[reversed] = load(planes[k] + i);
        }
        for (unsigned half = 1, groups = width / 2; half < width; half *= 2, groups /= 2) {
            for (unsigned g = 0; g < groups; g++) {
                for (unsigned k = 0; k < half; k++) {
                    unsigned base = g * 2 * half;
                    t[base + 2 * k] = _mm_unpacklo_epi8(v[base + k], v[base + half + k]);
                    t[base + 2 * k + 1] = _mm_unpackhi_epi8(v[base + k], v[base + half + k]);
                }
            }
            for (unsigned k = 0; k < width; k++) v[k] = t[k];
        }
        for (unsigned k = 0; k < width; k++) store(elements + i * width + 16 * k, rotated_right(v[k], width, rotation));
    }
    return i;
}

// Constant arguments let the compiler unroll each of the six cases.
#define EACH_CASE(call)                          \
    switch (width << 1 | rotation) {             \
    case 2 << 1: return call(2, 0);              \
    case 2 << 1 | 1: return call(2, 1);          \
    case 4 << 1: return call(4, 0);              \
    case 4 << 1 | 1: return call(4, 1);          \
    case 8 << 1: return call(8, 0);              \
    case 8 << 1 | 1: return call(8, 1);          \
    default: return 0;                           \
    }

static size_t split_prefix(const uint8_t *elements, size_t count, unsigned width, unsigned rotation, uint8_t *planes, size_t stride) {
#define SPLIT(w, r) split_vectors(elements, count, w, r, planes, stride)
    EACH_CASE(SPLIT)
}

static size_t merge_prefix(const uint8_t *const *planes, size_t count, unsigned width, unsigned rotation, uint8_t *elements) {
#define MERGE(w, r) merge_vectors(planes, count, w, r, elements)
    EACH_CASE(MERGE)
}

#else

static size_t split_prefix(const uint8_t *elements, size_t count, unsigned width, unsigned rotation, uint8_t *planes, size_t stride) {
    (void)elements, (void)count, (void)width, (void)rotation, (void)planes, (void)stride;
    return 0;
}

static size_t merge_prefix(const uint8_t *const *planes, size_t count, unsigned width, unsigned rotation, uint8_t *elements) {
    (void)planes, (void)count, (void)width, (void)rotation, (void)elements;
    return 0;
}

#endif

void tenon_planes_split(const uint8_t *elements, size_t count, unsigned width, unsigned rotation, uint8_t *planes, size_t stride) {
    unsigned bits = 8 * width;
    uint64_t mask = width == 8 ? ~0ULL : (1ULL << bits) - 1;
    for (size_t i = split_prefix(elements, count, width, rotation, planes, stride); i < count; i++) {
        uint64_t value = 0;
        for (unsigned k = 0; k < width; k++) value |= (uint64_t)elements[i * width + k] << (8 * k);
        if (rotation) value = (value << 1 | value >> (bits - 1)) & mask;
        for (unsigned k = 0; k < width; k++) planes[k * stride + i] = (uint8_t)(value >> (8 * k));
    }
}

void tenon_planes_merge(const uint8_t *const *planes, size_t count, unsigned width, unsigned rotation, uint8_t *elements) {
    unsigned bits = 8 * width;
    uint64_t mask = width == 8 ? ~0ULL : (1ULL << bits) - 1;
    for (size_t i = merge_prefix(planes, count, width, rotation, elements); i < count; i++) {
        uint64_t value = 0;
        for (unsigned k = 0; k < width; k++) value |= (uint64_t)planes[k][i] << (8 * k);
        if (rotation) value = (value >> 1 | value << (bits - 1)) & mask;
        for (unsigned k = 0; k < width; k++) elements[i * width + k] = (uint8_t)(value >> (8 * k));
    }
}
