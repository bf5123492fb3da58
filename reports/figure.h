/*
 * Figures as people read them: "99.98 %", "23.4 ms", "8d 4h". Integers only, rounded
 * half up, at most FIGURE_SIZE - 1 characters.
 */
#ifndef REPORTS_FIGURE_H
#define REPORTS_FIGURE_H

#include <stdint.h>

enum { FIGURE_SIZE = 32 };

/* Parts per 10^9: "99.98 %"; never rounded up to 100 % or down to 0 %. */
const char *figure_share(int64_t ppb, char out[FIGURE_SIZE]);

/* "950 ns", "12.3 us", "23.4 ms", "1.25 s" below a minute; "4m 10s", "3h", "8d 4h" above. */
const char *figure_duration(int64_t ns, char out[FIGURE_SIZE]);

/* The same in whole seconds, for what changes as one looks: "0s", "12s", "4m 10s", "3h". */
const char *figure_seconds(int64_t ns, char out[FIGURE_SIZE]);

/* A time since the start, rounded down to a second: "+0s", "+4m 05s", "+1h 00m 05s",
 * "+8d 04h 00m 00s". */
const char *figure_moment(int64_t ns, char out[FIGURE_SIZE]);

/* "1,234,567". */
const char *figure_count(uint64_t count, char out[FIGURE_SIZE]);

/* "512 B", "1.3 kB", "45.0 MB": powers of 1000. */
const char *figure_size(uint64_t octets, char out[FIGURE_SIZE]);

#endif
