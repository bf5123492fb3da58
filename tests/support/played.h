/* Scenarios built and played to their end, and name servers asked afterwards what they have. */
#ifndef TESTS_SUPPORT_PLAYED_H
#define TESTS_SUPPORT_PLAYED_H

#include "scenarios/stage/stage.h"

struct played {
    struct arena arena;
    struct diagnostics diagnostics;
    struct stage *stage;
};

/* Loads the scenario at PATH with at most one SETTING (NULL: none) and runs it. */
void played_begin(struct played *played, const char *path, const char *setting);
void played_end(struct played *played);

/* The version of ORIGIN that SERVER serves at the end; borrowed. Fails if there is none. */
const struct zone *played_zone(const struct played *played, const char *server, const char *origin);

/* What SERVER answers to QUERY: over UDP through its handle function, or the message that it would
 * send over TCP; in a buffer that is re-used after four calls. */
struct bytes played_ask_udp(const struct played *played, const char *server, struct bytes query);
struct bytes played_ask_tcp(const struct played *played, const char *server, struct bytes query);

/* Fails unless both have the same records in the same order, owner, TTL and RDATA octet for octet.
 * Returns how many. */
size_t assert_same_records(const struct zone *a, const struct zone *b);

#endif
