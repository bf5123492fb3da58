/* Figures as people read them. */
#include "reports/figure.h"

#include <stdbool.h>
#include <stdio.h>

#include "sim/base/time.h"

const char *figure_share(int64_t ppb, char out[FIGURE_SIZE])
{
    const int64_t one = INT64_C(1000000000);
    if (ppb <= 0 || ppb >= one) {
        snprintf(out, FIGURE_SIZE, "%d %%", ppb <= 0 ? 0 : 100);
        return out;
    }
    /* As many decimals as tell it from all or nothing. */
    int64_t scale = 100; /* 10^(2 + decimals) */
    int decimals = 0;
    int64_t rounded;
    do {
        scale *= 10;
        decimals++;
        rounded = (ppb * scale + one / 2) / one;
    } while ((rounded == 0 || rounded == scale || decimals < 2) && decimals < 7);
    int64_t whole = scale / 100;
    snprintf(out, FIGURE_SIZE, "%lld.%0*lld %%", (long long)(rounded / whole), decimals,
             (long long)(rounded % whole));
    return out;
}

/* Three significant digits of NS in units of UNIT_NS. False: that is LIMIT units or more. */
static bool three_digits(int64_t ns, int64_t unit_ns, const char *unit, int64_t limit,
                         char out[FIGURE_SIZE])
{
    int64_t scale = 1000, rounded;
    int decimals = 3;
    do {
        scale /= 10;
        decimals--;
        rounded = (ns * scale + unit_ns / 2) / unit_ns;
    } while (rounded >= 1000 && decimals > 0);
    if (rounded >= limit * scale)
        return false;
    if (decimals == 0)
        snprintf(out, FIGURE_SIZE, "%lld %s", (long long)rounded, unit);
    else
        snprintf(out, FIGURE_SIZE, "%d.%0*d %s", (int)(rounded / scale), decimals,
                 (int)(rounded % scale), unit);
    return true;
}

/* COUNT of the smaller unit, RATIO of which are a larger one; nothing is said of none. */
static void two_units(int64_t count, int64_t ratio, const char units[2], char out[FIGURE_SIZE])
{
    if (count % ratio == 0)
        snprintf(out, FIGURE_SIZE, "%lld%c", (long long)(count / ratio), units[0]);
    else
        snprintf(out, FIGURE_SIZE, "%lld%c %lld%c", (long long)(count / ratio), units[0],
                 (long long)(count % ratio), units[1]);
}

static void long_duration(int64_t ns, char out[FIGURE_SIZE])
{
    int64_t s = (ns + NS_PER_S / 2) / NS_PER_S;
    int64_t m = (ns / NS_PER_S + 30) / 60, h = (ns / NS_PER_S + 1800) / 3600;
    if (s < 3600)
        two_units(s, 60, "ms", out);
    else if (m < 24 * 60)
        two_units(m, 60, "hm", out);
    else
        two_units(h, 24, "dh", out);
}

const char *figure_duration(int64_t ns, char out[FIGURE_SIZE])
{
    if (ns < NS_PER_US)
        snprintf(out, FIGURE_SIZE, "%lld ns", (long long)ns);
    else if (ns >= 60 * NS_PER_S || (!three_digits(ns, NS_PER_US, "us", 1000, out) &&
                                     !three_digits(ns, NS_PER_MS, "ms", 1000, out) &&
                                     !three_digits(ns, NS_PER_S, "s", 60, out)))
        long_duration(ns, out);
    return out;
}

const char *figure_seconds(int64_t ns, char out[FIGURE_SIZE])
{
    if (ns < 59 * NS_PER_S + NS_PER_S / 2)
        snprintf(out, FIGURE_SIZE, "%llds", (long long)((ns + NS_PER_S / 2) / NS_PER_S));
    else
        long_duration(ns, out);
    return out;
}

const char *figure_moment(int64_t ns, char out[FIGURE_SIZE])
{
    long long s = ns / NS_PER_S, m = s / 60, h = m / 60, d = h / 24;
    if (m == 0)
        snprintf(out, FIGURE_SIZE, "+%llds", s);
    else if (h == 0)
        snprintf(out, FIGURE_SIZE, "+%lldm %02llds", m, s % 60);
    else if (d == 0)
        snprintf(out, FIGURE_SIZE, "+%lldh %02lldm %02llds", h, m % 60, s % 60);
    else
        snprintf(out, FIGURE_SIZE, "+%lldd %02lldh %02lldm %02llds", d, h % 24, m % 60, s % 60);
    return out;
}

const char *figure_count(uint64_t count, char out[FIGURE_SIZE])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    int at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *figure_size(uint64_t octets, char out[FIGURE_SIZE])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    unsigned unit = 0;
    uint64_t tenths = octets * 10;
    while (tenths >= 10000 && unit < 4) {
        tenths = (tenths + 500) / 1000;
        unit++;
    }
    if (unit == 0)
        snprintf(out, FIGURE_SIZE, "%llu B", (unsigned long long)octets);
    else
        snprintf(out, FIGURE_SIZE, "%llu.%llu %s", (unsigned long long)(tenths / 10),
                 (unsigned long long)(tenths % 10), units[unit]);
    return out;
}
