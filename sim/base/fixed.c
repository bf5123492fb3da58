/*
 * Fixed-point mathematics. Logarithms come from a table of 128 short
 * reciprocals and a fourth-order rest; the others from Taylor series in
 * Q2.62 after reduction of the argument. No floating point anywhere.
 */
#include "sim/base/fixed.h"

#include <assert.h>

#define ONE_Q62 (INT64_C(1) << 62)
#define LN2_Q62 INT64_C(0x2c5c85fdf473de6b)
#define HALF_PI_Q62 INT64_C(0x6487ed5110b4611a)

static inline int64_t multiply_q62(int64_t a, int64_t b)
{
    return (int64_t)(((__int128)a * b) >> 62);
}

static inline fixed round_q62(int64_t value)
{
    return (value + (INT64_C(1) << 29)) >> 30;
}

/* Row i: a reciprocal of the middle of [1 + i/128, 1 + (i+1)/128), rounded to 16 bits, and
 * minus its exact logarithm with 56 fraction bits. */
static const struct {
    uint32_t reciprocal;
    int64_t log;
} log_rows[128] = {
    /* clang-format off */
    {0xff01, 0x00ff7f551588de}, {0xfd09, 0x02fb6debf18dcf}, {0xfb19, 0x04f32c10f02dd3},
    {0xf930, 0x06e7a009f86463}, {0xf74e, 0x08d8aec49a6ec1}, {0xf574, 0x0ac531d7e47a6a},
    {0xf3a1, 0x0cae1487686675}, {0xf1d5, 0x0e933ac58b1220}, {0xf00f, 0x1075993598e4f1},
    {0xee50, 0x1254062f0a9417}, {0xec98, 0x142e64bec266e7}, {0xeae5, 0x1606c5a94e854a},
    {0xe939, 0x17dae56d932353}, {0xe793, 0x19abc1463fb437}, {0xe5f3, 0x1b79412bcd862a},
    {0xe459, 0x1d434cd6730bde}, {0xe2c5, 0x1f09cbc0254f21}, {0xe136, 0x20cdc825a774d8},
    {0xdfac, 0x228f2f08d10d59}, {0xde28, 0x244cc63215d597}, {0xdca9, 0x26079d31c99026},
    {0xdb2f, 0x27bfa061daf8d4}, {0xd9ba, 0x2974bbe7408dcd}, {0xd84a, 0x2b26dbb3463312},
    {0xd6df, 0x2cd5eb84f22b24}, {0xd579, 0x2e81d6ea81dbc9}, {0xd417, 0x302bbe428df457},
    {0xd2ba, 0x31d25bbd110c81}, {0xd161, 0x3376d35d10af8c}, {0xd00d, 0x3517daf9105eb2},
    {0xcebd, 0x36b69a3d1f93c9}, {0xcd71, 0x385301ab1ce202}, {0xcc29, 0x39ed019c40144a},
    {0xcae6, 0x3b8347415cbafa}, {0xc9a6, 0x3d1846a55d36c1}, {0xc86a, 0x3eaaaeacc54881},
    {0xc733, 0x40392616dafce5}, {0xc5fe, 0x41c7777f615646}, {0xc4ce, 0x4351b75e6b0f2d},
    {0xc3a1, 0x44da6d0a5b7344}, {0xc278, 0x46603cb750adbe}, {0xc152, 0x47e46879387dd0},
    {0xc030, 0x496590437e58e8}, {0xbf11, 0x4ae4f9eae8cd13}, {0xbdf6, 0x4c614125741808},
    {0xbcdd, 0x4ddd0a8b1851f3}, {0xbbc8, 0x4f55969716fc42}, {0xbab6, 0x50cc32a82ed257},
    {0xb9a8, 0x523f720137472b}, {0xb89c, 0x53b208c98dd1a4}, {0xb793, 0x55228c0eb74a0b},
    {0xb68d, 0x5690efc3dc8c08}, {0xb58a, 0x57fd27c2b2a155}, {0xb48a, 0x596727cc1ca9cd},
    {0xb38d, 0x5acee388d67976}, {0xb292, 0x5c35bd8a202af4}, {0xb19b, 0x5d98cd48fdcbb5},
    {0xb0a6, 0x5efae6290860ef}, {0xafb3, 0x605c01768802d7}, {0xaec3, 0x61baa168dc5b04},
    {0xadd6, 0x6316b92165a42a}, {0xaceb, 0x6471b6ad17a976}, {0xac03, 0x65ca160468edd9},
    {0xab1d, 0x6721490b834605}, {0xaa39, 0x6877489360bed7}, {0xa958, 0x69ca8a59af87a8},
    {0xa879, 0x6b1c8609652810}, {0xa79c, 0x6c6d343b3cf98f}, {0xa6c2, 0x6dbb0474f7ef77},
    {0xa5ea, 0x6f07742c371629}, {0xa514, 0x70527bc457c89b}, {0xa440, 0x719c139005bfe1},
    {0xa36e, 0x72e433d173cd45}, {0xa29f, 0x742941b9d40e0e}, {0xa1d1, 0x756e596b9b4693},
    {0xa106, 0x76b04af8d69743}, {0xa03c, 0x77f23a641dded5}, {0x9f74, 0x79328aa1ece437},
    {0x9eaf, 0x7a6f96966efc53}, {0x9deb, 0x7bac8e1903b451}, {0x9d29, 0x7ce7cdf20a61f0},
    {0x9c69, 0x7e214ddbfd2789}, {0x9bab, 0x7f590583de3e46}, {0x9aee, 0x80909389767e74},
    {0x9a34, 0x81c4a37e80e1d7}, {0x997b, 0x82f87ce9357560}, {0x98c4, 0x842a704274706b},
    {0x980e, 0x855c23f6884895}, {0x975a, 0x868be4661b47e6}, {0x96a8, 0x87b9a8e4fe6bf7},
    {0x95f8, 0x88e568bc4d87bf}, {0x9549, 0x8a10d229263aa7}, {0x949c, 0x8b3a295da2384e},
    {0x93f0, 0x8c63207fbaf82e}, {0x9346, 0x8d89f7ac2836dd}, {0x929d, 0x8eb064f33de498},
    {0x91f6, 0x8fd4a45c537c58}, {0x9150, 0x90f86fe32e775f}, {0x90ac, 0x9219ff7a52519b},
    {0x9009, 0x933b1109a1877e}, {0x8f68, 0x9459d86fe75bfd}, {0x8ec8, 0x957817815f2557},
    {0x8e29, 0x9695cb097a816e}, {0x8d8c, 0x97b120ca89f231}, {0x8cf0, 0x98cbe07d407351},
    {0x8c56, 0x99e433d1f80e6c}, {0x8bbc, 0x9afdbb6ec63d11}, {0x8b24, 0x9c14cbf30ed41c},
    {0x8a8e, 0x9d295bf40731c8}, {0x89f8, 0x9e3f180014b062}, {0x8964, 0x9f52489b9342f6},
    {0x88d2, 0xa062e444758905}, {0x8840, 0xa174a36f0405f8}, {0x87af, 0xa285a589f4cd02},
    {0x8720, 0xa39401f9af556e}, {0x8692, 0xa4a1961d20623d}, {0x8605, 0xa5ae5e4ad0e824},
    {0x8579, 0xa6ba56d23d9cc6}, {0x84ef, 0xa7c38efa89fbc3}, {0x8465, 0xa8cddb06119ed1},
    {0x83dd, 0xa9d55b2dcd3065}, {0x8356, 0xaadbf8a5d3a054}, {0x82cf, 0xabe3a49a1df941},
    {0x824a, 0xace87330059602}, {0x81c6, 0xadec53874ed59f}, {0x8143, 0xaeef41b8b0f99e},
    {0x80c1, 0xaff139d6950d46}, {0x8040, 0xb0f237ed2b2336},
    /* clang-format on */
};

int64_t fixed_log_q56(uint64_t x)
{
    assert(x > 0);
    int shift = __builtin_clzll(x);
    uint64_t mantissa = x << shift; /* 1 to 2 with 63 fraction bits */
    unsigned row = (unsigned)(mantissa >> 56) & 127;
    uint64_t ratio = (mantissa >> 16) * log_rows[row].reciprocal; /* close to 1, 63 bits */
    int64_t rest = (int64_t)(ratio - (UINT64_C(1) << 63)) >> 7;   /* |rest| < 2^-7.9, 56 bits */

    /* ln(1 + r) = r - r^2 (1/2 - r (1/3 - r/4)) */
    const int64_t third = (INT64_C(1) << 31) / 3;
    int64_t r = rest >> 25; /* 31 bits suffice from here on */
    int64_t series = (INT64_C(1) << 30) - ((r * (third - (r >> 2))) >> 31);
    int64_t log_mantissa = log_rows[row].log + rest - ((((r * r) >> 16) * series) >> 21);
    return (63 - shift) * FIXED_LN2_Q56 + log_mantissa;
}

fixed fixed_log_u64(uint64_t x)
{
    return (fixed_log_q56(x) + (INT64_C(1) << 23)) >> 24;
}

fixed fixed_log(fixed x)
{
    assert(x > 0);
    return (fixed_log_q56((uint64_t)x) - 32 * FIXED_LN2_Q56 + (INT64_C(1) << 23)) >> 24;
}

/* X / STEP to the nearest integer; for quotients of less than 2^21 either way. */
static int64_t divide_rounded(__int128 x, int64_t step)
{
    const int64_t bias = INT64_C(1) << 21; /* keeps the division among positive numbers */
    return (int64_t)((x + step / 2 + (__int128)step * bias) / step) - bias;
}

fixed fixed_exp(fixed x)
{
    if (x > fixed_from_ratio(214, 10))
        return INT64_MAX;
    if (x < -23 * FIXED_ONE)
        return 0;
    /* exp(x) = 2^n exp(r), |r| <= ln(2) / 2 */
    __int128 wide = (__int128)x * (1 << 30);
    int64_t n = divide_rounded(wide, LN2_Q62);
    int64_t r = (int64_t)(wide - (__int128)LN2_Q62 * n);
    int64_t sum = ONE_Q62;
    for (int k = 15; k >= 1; k--)
        sum = ONE_Q62 + multiply_q62(r, sum) / k;
    return n > 30 ? sum << (n - 30) : sum >> (30 - n);
}

/* The largest root with root * root <= x. */
static uint64_t square_root(unsigned __int128 x)
{
    unsigned __int128 root = 0;
    unsigned __int128 bit = (unsigned __int128)1 << 126;
    while (bit > x)
        bit >>= 2;
    for (; bit > 0; bit >>= 2) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint64_t)root;
}

fixed fixed_sqrt(fixed x)
{
    assert(x >= 0);
    return (fixed)square_root((unsigned __int128)x << 32);
}

/* 1 - x^2/((k-1)k) (1 - x^2/((k-3)(k-2)) (...)): sin(x) / x for odd k, cos(x) for even k. */
static int64_t alternating_series(int64_t x, int k)
{
    int64_t square = multiply_q62(x, x);
    int64_t sum = ONE_Q62;
    for (; k > 1; k -= 2)
        sum = ONE_Q62 - multiply_q62(square, sum) / (k * (k - 1));
    return sum;
}

/* The sine of RADIANS plus QUARTERS right angles. The right angle is known to 2^-63 and is
 * taken off at most 2^20 times. */
static fixed sine(fixed radians, int64_t quarters)
{
    assert(radians >= -(FIXED_ONE << 20) && radians <= FIXED_ONE << 20);
    __int128 wide = (__int128)radians * (1 << 30);
    int64_t n = divide_rounded(wide, HALF_PI_Q62);
    int64_t r = (int64_t)(wide - (__int128)HALF_PI_Q62 * n);
    n += quarters;
    int64_t value = n & 1 ? alternating_series(r, 16) : multiply_q62(r, alternating_series(r, 17));
    return round_q62(n & 2 ? -value : value);
}

fixed fixed_sin(fixed radians)
{
    return sine(radians, 0);
}

fixed fixed_cos(fixed radians)
{
    return sine(radians, 1);
}

/* For 0 <= x <= 1/2: x + x^3/2/3 + x^5 (1*3)/(2*4)/5 + ... */
static int64_t arcsin_series(int64_t x)
{
    int64_t square = multiply_q62(x, x);
    int64_t term = x;
    int64_t sum = x;
    for (int k = 1; term > 0; k += 2) {
        term = multiply_q62(term, square) / (k + 1) * k;
        sum += term / (k + 2);
    }
    return sum;
}

static fixed arcsin_of_positive(fixed x)
{
    if (x >= FIXED_ONE)
        return round_q62(HALF_PI_Q62);
    if (x <= FIXED_ONE / 2)
        return round_q62(arcsin_series(x << 30));
    /* The series is slow near 1: arcsin x = pi/2 - 2 arcsin sqrt((1 - x) / 2) */
    uint64_t root = square_root((unsigned __int128)(FIXED_ONE - x) << 91);
    return round_q62(HALF_PI_Q62 - 2 * arcsin_series((int64_t)root));
}

fixed fixed_arcsin(fixed x)
{
    return x < 0 ? -arcsin_of_positive(x > -FIXED_ONE ? -x : FIXED_ONE) : arcsin_of_positive(x);
}
