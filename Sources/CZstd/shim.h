// The planes encoder sets ZSTD_c_literalCompressionMode, which zstd declares among its static-only parameters.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>
