// Inner loops that a profile asked for. Each has a plain Swift counterpart in TenonFormat with the same results.
// None allocates, keeps a pointer, or reads past the lengths it is given.
#ifndef TENON_CKERNELS_H
#define TENON_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the SHA-256 instructions that the functions below use; without them they must not be called.
int tenon_sha256_is_available(void);

/// Folds `count` 64-byte blocks at `data` into `state` (eight words, FIPS 180-4 order).
void tenon_sha256_compress(uint32_t state[8], const uint8_t *data, size_t count);

/// The same for two independent streams at once: the instructions of one fill the latency of the other.
void tenon_sha256_compress_two(uint32_t state_a[8], const uint8_t *data_a, uint32_t state_b[8], const uint8_t *data_b, size_t count);

/// Whether this processor can do what the function below does; without it, it must not be called.
int tenon_sha256_many_is_available(void);

/// Puts the SHA-256 of each of `count` pieces, 32 bytes after 32 bytes, at `digests`: sixteen pieces at a time; worth it from six on.
void tenon_sha256_many(const uint8_t *const *pieces, const size_t *lengths, size_t count, uint8_t *digests);

/// Whether this processor has the carry-less multiplication that the function below uses; without it, it must not be called.
int tenon_crc32_is_available(void);

/// Folds `count` bytes, a multiple of 16 and at least 64, into `state`: the CRC-32 of zlib before its inversions at both ends.
uint32_t tenon_crc32_fold(uint32_t state, const uint8_t *data, size_t count);

/// Rolls the Gear hash over `data[*position ..< end]` and stops after the first byte where it is below `threshold`.
/// `*hash` must be the hash before `*position`. Returns 1 if it stopped at such a byte (then `*position` is the place after it), 0 at `end`.
/// `*hash` is left as it is at `*position`.
int tenon_gear_scan(const uint64_t table[256], const uint8_t *data, size_t *position, size_t end, uint64_t threshold, uint64_t *hash);

/// Splits `count` little-endian elements of `width` bytes (2, 4, 8), each rotated left by `rotation` bits (0, 1): byte k of element i goes to
/// `planes[k * stride + i]`.
void tenon_planes_split(const uint8_t *elements, size_t count, unsigned width, unsigned rotation, uint8_t *planes, size_t stride);

/// Undoes `tenon_planes_split`, from planes that lie anywhere: there are `width` of them.
void tenon_planes_merge(const uint8_t *const *planes, size_t count, unsigned width, unsigned rotation, uint8_t *elements);

#endif
