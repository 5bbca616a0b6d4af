// The Gear rolling hash: one table look-up, one shift and one addition a byte.
#include "CKernels.h"

/// Bytes that a hash depends on: what went in before has been shifted out.
#define WINDOW 64
/// Bytes a lane searches at a time. What the second lane searched is lost when the first finds something.
#define LANE 2048

/// Rolls over `data[*position ..< end]` as one lane.
static int scan(const uint64_t table[256], const uint8_t *data, size_t *position, size_t end, uint64_t threshold, uint64_t *hash) {
    size_t i = *position;
    uint64_t h = *hash;
    int found = 0;
    while (i < end) {
        h = (h << 1) + table[data[i]];
        i += 1;
        if (h < threshold) {
            found = 1;
            break;
        }
    }
    *position = i;
    *hash = h;
    return found;
}

/// Rolls over two stretches of `LANE` bytes at once, so that the latency of one hides behind the other. If it finds something it stops after it, as `scan` does;
/// else it moves on to the end of the second stretch.
static int scan_two(const uint64_t table[256], const uint8_t *data, size_t *position, uint64_t threshold, uint64_t *hash) {
    const uint8_t *first = data + *position, *second = first + LANE;
    uint64_t a = *hash, b = 0;
    for (size_t i = 0; i < WINDOW; i++) b = (b << 1) + table[second[i - WINDOW]];
    // Eight bytes a turn; the candidates are rare, so the branches are free.
    for (size_t i = 0; i < LANE; i += 8) {
        uint64_t a_before = a, b_before = b;
#define STEP(k)                                  \
    a = (a << 1) + table[first[i + (k)]];        \
    if (__builtin_expect(a < threshold, 0)) goto found; \
    b = (b << 1) + table[second[i + (k)]];       \
    if (__builtin_expect(b < threshold, 0)) goto found;
        STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
#undef STEP
        continue;
    found:;
        // What the first lane finds counts, in all of its stretch; the second's only if that is nothing.
        size_t middle = *position + LANE;
        *position += i;
        *hash = a_before;
        if (scan(table, data, position, middle, threshold, hash)) return 1;
        *position = middle + i;
        *hash = b_before;
        return scan(table, data, position, middle + LANE, threshold, hash);
    }
    *position += 2 * LANE;
    *hash = b;
    return 0;
}

int tenon_gear_scan(const uint64_t table[256], const uint8_t *data, size_t *position, size_t end, uint64_t threshold, uint64_t *hash) {
    // The second lane begins anew, a window of bytes before its stretch: in the first lane's.
    while (end - *position >= 2 * LANE) {
        if (scan_two(table, data, position, threshold, hash)) return 1;
    }
    return scan(table, data, position, end, threshold, hash);
}
