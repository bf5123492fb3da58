/* Time is int64_t nanoseconds; a point in time counts from the Unix epoch. */
#ifndef SIM_BASE_TIME_H
#define SIM_BASE_TIME_H

#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* Later than everything: "no deadline". */
#define TIME_NEVER INT64_MAX

#endif
