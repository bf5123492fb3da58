/*
 * Fixed-point mathematics in Q32.32 (an int64_t whose unit is 2^-32), so that
 * no result depends on a C library, a compiler or a processor.
 * Every function is good to about 2^-28 in its stated domain.
 */
#ifndef SIM_BASE_FIXED_H
#define SIM_BASE_FIXED_H

#include <stdint.h>

typedef int64_t fixed;

#define FIXED_ONE ((fixed)1 << 32)
#define FIXED_PI ((fixed)13493037705)

static inline fixed fixed_from_ratio(int64_t numerator, int64_t denominator)
{
    return (fixed)((__int128)numerator * FIXED_ONE / denominator);
}

static inline fixed fixed_multiply(fixed a, fixed b)
{
    return (fixed)(((__int128)a * b) >> 32);
}

static inline fixed fixed_divide(fixed a, fixed b)
{
    return (fixed)((__int128)a * FIXED_ONE / b);
}

/* ln 2 with 56 fraction bits, the form in which logarithms are computed. */
#define FIXED_LN2_Q56 INT64_C(0xb17217f7d1cf7a)

int64_t fixed_log_q56(uint64_t x); /* natural logarithm of an integer; x > 0; good to 2^-39 */
fixed fixed_log_u64(uint64_t x);   /* the same, rounded to Q32.32 */
fixed fixed_log(fixed x);          /* natural; x > 0 */
fixed fixed_exp(fixed x);          /* saturates above 21.4; 0 below -23; relative 2^-28 above 1 */
fixed fixed_sqrt(fixed x);         /* x >= 0; rounded down */
fixed fixed_sin(fixed radians);    /* |radians| <= 2^20 */
fixed fixed_cos(fixed radians);    /* |radians| <= 2^20 */
fixed fixed_arcsin(fixed x);       /* -1 <= x <= 1, clamped */

#endif
