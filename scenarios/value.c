/*
 * Numbers with units, read digit by digit into integers. 128-bit intermediates
 * carry every product; what does not come out whole is refused, not rounded
 * (but for value_decimal, whose result is binary).
 */
#include "scenarios/value.h"

#include "sim/base/time.h"

#include <assert.h>
#include <string.h>

enum { DECIMALS_MAX = 9 };

struct unit {
    const char *name;
    int64_t size;
};

/* WHOLE + BILLIONTHS / 10^9, both >= 0. */
struct decimal {
    int64_t whole;
    int64_t billionths;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_digits(const char **at, int64_t *out)
{
    if (!is_digit(**at))
        return false;
    int64_t value = 0;
    for (; is_digit(**at); (*at)++) {
        int digit = **at - '0';
        if (value > (INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static bool read_decimal(const char **at, struct decimal *out)
{
    *out = (struct decimal){0};
    if (!read_digits(at, &out->whole))
        return false;
    if (**at != '.')
        return true;
    const char *start = ++*at;
    if (!is_digit(**at))
        return false;
    int64_t weight = PPB_ONE;
    for (; is_digit(**at); (*at)++) {
        if (*at - start >= DECIMALS_MAX)
            return false;
        weight /= 10;
        out->billionths += weight * (**at - '0');
    }
    return true;
}

/* VALUE * SIZE if that is a whole number that fits. */
static bool scale(struct decimal value, int64_t size, int64_t *out)
{
    __int128 part = (__int128)value.billionths * size;
    __int128 product = (__int128)value.whole * size + part / PPB_ONE;
    if (part % PPB_ONE != 0 || product > INT64_MAX)
        return false;
    *out = (int64_t)product;
    return true;
}

/* The unit that AT begins with and that goes on to no other letter. */
static const struct unit *read_unit(const char **at, const struct unit *units)
{
    size_t length = 0;
    while (((*at)[length] | 0x20) >= 'a' && ((*at)[length] | 0x20) <= 'z')
        length++;
    for (const struct unit *unit = units; unit->name; unit++) {
        if (strlen(unit->name) == length && memcmp(unit->name, *at, length) == 0) {
            *at += length;
            return unit;
        }
    }
    return NULL;
}

static const struct unit duration_units[] = {
    {"w", 7 * 86400 * NS_PER_S},
    {"d", 86400 * NS_PER_S},
    {"h", 3600 * NS_PER_S},
    {"m", 60 * NS_PER_S},
    {"s", NS_PER_S},
    {"ms", NS_PER_MS},
    {"us", NS_PER_US},
    {"ns", 1},
    {NULL, 0},
};

/* 100 years: sums of times stay far from overflow. */
#define DURATION_MAX_NS (36500 * INT64_C(86400) * NS_PER_S)

bool value_duration(const char *text, int64_t *out_ns)
{
    int64_t sum = 0;
    const struct unit *before = NULL;
    if (strcmp(text, "0") == 0) {
        *out_ns = 0;
        return true;
    }
    do {
        struct decimal amount;
        int64_t part;
        if (!read_decimal(&text, &amount))
            return false;
        const struct unit *unit = read_unit(&text, duration_units);
        if (!unit || (before && unit <= before) || !scale(amount, unit->size, &part))
            return false;
        if (part > DURATION_MAX_NS - sum)
            return false;
        sum += part;
        before = unit;
    } while (*text);
    *out_ns = sum;
    return true;
}

/* Reads exactly WIDTH digits and the character AFTER them. */
static bool read_field(const char **at, int width, char after, int64_t *out)
{
    const char *start = *at;
    if (!read_digits(at, out) || *at - start != width || **at != after)
        return false;
    (*at)++;
    return true;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t days_before_year(int64_t year)
{
    int64_t full = year - 1;
    return full * 365 + full / 4 - full / 100 + full / 400;
}

/* Days from 1970-01-01; -1: no such date, or out of range. */
static int64_t days_since_epoch(int64_t year, int64_t month, int64_t day)
{
    if (year < 1970 || year > 2261 || month < 1 || month > 12)
        return -1;
    if (day < 1 || day > days_in_month(year, month))
        return -1;
    int64_t days = days_before_year(year) - days_before_year(1970) + day - 1;
    for (int64_t m = 1; m < month; m++)
        days += days_in_month(year, m);
    return days;
}

bool value_timestamp(const char *text, int64_t *out_ns)
{
    int64_t year, month, day, hour, minute;
    if (!read_field(&text, 4, '-', &year) || !read_field(&text, 2, '-', &month) ||
        !read_field(&text, 2, 'T', &day) || !read_field(&text, 2, ':', &hour) ||
        !read_field(&text, 2, ':', &minute))
        return false;
    struct decimal second;
    if (!is_digit(text[0]) || !is_digit(text[1]) || is_digit(text[2]))
        return false;
    if (!read_decimal(&text, &second) || strcmp(text, "Z") != 0)
        return false;
    int64_t days = days_since_epoch(year, month, day);
    if (days < 0 || hour > 23 || minute > 59 || second.whole > 59)
        return false;
    int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second.whole;
    *out_ns = seconds * NS_PER_S + second.billionths;
    return true;
}

bool value_instant(const char *text, int64_t start_ns, int64_t *out_ns)
{
    int64_t unix_ns;
    if (!value_timestamp(text, &unix_ns))
        return value_duration(text, out_ns);
    if (unix_ns < start_ns)
        return false;
    *out_ns = unix_ns - start_ns;
    return true;
}

bool value_percentage(const char *text, uint32_t *out_ppb)
{
    struct decimal percent;
    int64_t ppb;
    if (!read_decimal(&text, &percent) || strcmp(text, "%") != 0)
        return false;
    if (!scale(percent, PPB_ONE / 100, &ppb) || ppb > PPB_ONE)
        return false;
    *out_ppb = (uint32_t)ppb;
    return true;
}

bool value_rate(const char *text, struct rate *out)
{
    static const struct unit units[] = {
        {"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}, {"d", 86400 * NS_PER_S},
        {NULL, 0},
    };
    struct decimal amount;
    struct rate rate;
    if (!read_decimal(&text, &amount) || *text++ != '/')
        return false;
    const struct unit *unit = read_unit(&text, units);
    if (!unit || *text || !scale(amount, PPB_ONE, &rate.events_ppb))
        return false;
    rate.period_ns = unit->size;
    *out = rate;
    return true;
}

int64_t rate_mean_interval_ns(struct rate rate, uint32_t sharers)
{
    assert(sharers > 0);
    if (rate.events_ppb == 0)
        return TIME_NEVER;
    __int128 mean = (__int128)rate.period_ns * PPB_ONE * sharers / rate.events_ppb;
    if (mean >= TIME_NEVER)
        return TIME_NEVER;
    return mean > 0 ? (int64_t)mean : 1;
}

bool value_integer(const char *text, int64_t *out)
{
    bool negative = *text == '-';
    int64_t value;
    text += negative;
    if (!read_digits(&text, &value) || *text)
        return false;
    *out = negative ? -value : value;
    return true;
}

bool value_decimal(const char *text, fixed *out)
{
    struct decimal value;
    bool negative = *text == '-';
    text += negative;
    if (!read_decimal(&text, &value) || *text || value.whole >= 1000000)
        return false;
    __int128 scaled = (((__int128)value.whole * PPB_ONE + value.billionths) << 32) + PPB_ONE / 2;
    fixed result = (fixed)(scaled / PPB_ONE);
    *out = negative ? -result : result;
    return true;
}

bool value_has_comma(const char *text)
{
    size_t whole = strspn(text, "-0123456789");
    return whole > 0 && text[whole] == ',' && is_digit(text[whole - 1]) &&
           is_digit(text[whole + 1]);
}

bool value_boolean(const char *text, bool *out)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return false;
    *out = text[0] == 't';
    return true;
}
