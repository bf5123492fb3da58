/* Figures as people read them. */
#include "reports/figure.h"

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

/* VALUE in units of UNIT_NS with three significant digits. */
static void three_digits(int64_t ns, int64_t unit_ns, const char *unit, char out[FIGURE_SIZE])
{
    int decimals = ns < 10 * unit_ns ? 2 : ns < 100 * unit_ns ? 1 : 0;
    int64_t scale = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
    int64_t rounded = (ns * scale + unit_ns / 2) / unit_ns;
    if (decimals == 0)
        snprintf(out, FIGURE_SIZE, "%lld %s", (long long)rounded, unit);
    else
        snprintf(out, FIGURE_SIZE, "%lld.%0*lld %s", (long long)(rounded / scale), decimals,
                 (long long)(rounded % scale), unit);
}

static void two_units(int64_t s, char out[FIGURE_SIZE])
{
    const int64_t minute = 60, hour = 3600, day = 86400;
    if (s < hour)
        snprintf(out, FIGURE_SIZE, "%lldm %llds", (long long)(s / minute), (long long)(s % minute));
    else if (s < day)
        snprintf(out, FIGURE_SIZE, "%lldh %lldm", (long long)(s / hour),
                 (long long)(s % hour / minute));
    else
        snprintf(out, FIGURE_SIZE, "%lldd %lldh", (long long)(s / day),
                 (long long)(s % day / hour));
}

const char *figure_duration(int64_t ns, char out[FIGURE_SIZE])
{
    if (ns < NS_PER_US)
        snprintf(out, FIGURE_SIZE, "%lld ns", (long long)ns);
    else if (ns < NS_PER_MS)
        three_digits(ns, NS_PER_US, "us", out);
    else if (ns < NS_PER_S)
        three_digits(ns, NS_PER_MS, "ms", out);
    else if (ns < 60 * NS_PER_S)
        three_digits(ns, NS_PER_S, "s", out);
    else
        two_units((ns + NS_PER_S / 2) / NS_PER_S, out);
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
