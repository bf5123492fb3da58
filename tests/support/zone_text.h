/* Zones and names from text, for tests; what is wrong with the text fails the test. */
#ifndef TESTS_SUPPORT_ZONE_TEXT_H
#define TESTS_SUPPORT_ZONE_TEXT_H

#include "nodes/dns/zone.h"

/* The zone that TEXT, a zone file, makes at ORIGIN; one reference. */
struct zone *zone_from_text(const char *origin, const char *text);

/* The name that TEXT is, absolute; in a buffer of eight that take turns. */
const uint8_t *name_of(const char *text);

#endif
