/* Names of places: large cities and network hubs of the world, by their coordinates. */
#ifndef REPORTS_PLACE_H
#define REPORTS_PLACE_H

#include "sim/base/fixed.h"

/* The place nearest to a point (degrees), if there is one within about 60 km; otherwise NULL. */
const char *place_near(fixed latitude, fixed longitude);

#endif
