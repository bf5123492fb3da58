/*
 * The values a scenario is written with, read exactly: no floating point
 * anywhere, so that a number means the same on every machine.
 *
 * Each reader takes a terminated text, wants all of it and leaves *OUT alone
 * when it returns false.
 */
#ifndef SCENARIOS_VALUE_H
#define SCENARIOS_VALUE_H

#include "sim/base/address.h"
#include "sim/base/fixed.h"

#include <stdbool.h>
#include <stdint.h>

#define PPB_ONE INT64_C(1000000000) /* the whole, in parts per 10^9 */

/* EVENTS_PPB / 10^9 events in each PERIOD_NS. Both > 0, or events_ppb 0: never. */
struct rate {
    int64_t events_ppb;
    int64_t period_ns;
};

/* "50ms", "1.5s", "1h30m", "2w": ns us ms s m h d w, largest unit first; "0" needs none. Exact to
 * the nanosecond, at most 36500d. */
bool value_duration(const char *text, int64_t *out_ns);

/* "2026-01-01T00:00:00Z", also with a fraction of a second: Unix time in ns, years 1970 to 2261. */
bool value_timestamp(const char *text, int64_t *out_ns);

/* A duration since the start, or a timestamp not before START_NS (Unix). */
bool value_instant(const char *text, int64_t start_ns, int64_t *out_ns);

/* "0.1%": 0 to 100, at most 7 decimals, in parts per 10^9. */
bool value_percentage(const char *text, uint32_t *out_ppb);

/* "2/s", "0.5/s", "200/m", "10/h", "1/d", "0/s". */
bool value_rate(const char *text, struct rate *out);

/* The mean time between two events of one of SHARERS (>= 1) who share RATE evenly; TIME_NEVER for
 * rate 0. At least 1. */
int64_t rate_mean_interval_ns(struct rate rate, uint32_t sharers);

/* Digits only (and a sign before negative ones). */
bool value_integer(const char *text, int64_t *out);

/* "-77.45": at most 9 decimals, below 10^6 on either side, rounded to the nearest 2^-32. */
bool value_decimal(const char *text, fixed *out);

/* "99,9%": a number with a comma where a point should be. */
bool value_has_comma(const char *text);

/* "true" and "false" (YAML 1.2; not yes, no, on, off). */
bool value_boolean(const char *text, bool *out);

#endif
