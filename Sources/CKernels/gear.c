// The Gear rolling hash: one table look-up, one shift and one addition a byte.
#include "CKernels.h"

int tenon_gear_scan(const uint64_t table[256], const uint8_t *data, size_t *position, size_t end, uint64_t threshold, uint64_t *hash) {
    size_t i = *position;
    uint64_t h = *hash;
    int found = 0;
    // Eight bytes a turn; the candidates are rare, so the branches are free.
#define STEP(k)                            \
    h = (h << 1) + table[data[i + (k)]];   \
    if (__builtin_expect(h < threshold, 0)) { \
        i += (k) + 1;                      \
        found = 1;                         \
        goto done;                         \
    }
    for (; end - i >= 8; i += 8) {
        STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
    }
    while (i < end) {
        h = (h << 1) + table[data[i]];
        i += 1;
        if (h < threshold) {
            found = 1;
            break;
        }
    }
#undef STEP
done:
    *position = i;
    *hash = h;
    return found;
}
