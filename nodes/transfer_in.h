/*
 * Receiving a zone: reads the messages of an AXFR (RFC 5936) or IXFR (RFC 1995)
 * answer and ends with a zone version, or with the reason why not.
 *
 * A zone that the store knows already is not built a second time: as long as the
 * records come as that version has them, they are only compared.
 */
#ifndef NODES_TRANSFER_IN_H
#define NODES_TRANSFER_IN_H

#include "nodes/dns/diff.h"
#include "nodes/dns/message.h"
#include "nodes/note.h"

struct transfer_in_request {
    const uint8_t *origin; /* outlives the transfer */
    struct zone *base;     /* the version we have, or NULL; retained */
    struct zone_store *store;
    uint16_t id;       /* of our query */
    bool ixfr;         /* IXFR was asked for; needs base */
    bool any_serial;   /* take also what is not newer than base (it has expired) */
    bool check_zonemd; /* refuse what does not match its digest (RFC 8976) */
    size_t size_max;   /* octets of all messages; 0: no limit */
};

enum transfer_in_result {
    TRANSFER_IN_MORE,    /* so far so good */
    TRANSFER_IN_DONE,    /* take the zone */
    TRANSFER_IN_CURRENT, /* the source has the very version that we have */
    TRANSFER_IN_FAILED,  /* see why */
};

struct transfer_in;

struct transfer_in *transfer_in_create(const struct transfer_in_request *request);
void transfer_in_free(struct transfer_in *transfer); /* NULL is allowed */

/* The next message. After anything but MORE no further call. */
enum transfer_in_result transfer_in_message(struct transfer_in *transfer, struct bytes wire);

/* After FAILED. Static text. */
const char *transfer_in_why(const struct transfer_in *transfer);

/* After FAILED: asking the same source for the whole zone may help. */
bool transfer_in_wants_axfr(const struct transfer_in *transfer);

/* After FAILED: the answer to IXFR had no records: an error, nothing at all, or unreadable. */
bool transfer_in_is_rejected(const struct transfer_in *transfer);

/* After DONE: the version with one reference, interned; and the differences that led to it, which
 * stay the transfer's (none if it came whole). */
struct zone *transfer_in_take(struct transfer_in *transfer);
struct zone_diff *const *transfer_in_diffs(const struct transfer_in *transfer, size_t *count);

/* The serial of the first SOA; 0 before it has come. */
uint32_t transfer_in_serial(const struct transfer_in *transfer);

/* After FAILED: the source may not know EDNS (RFC 6891 section 7). */
bool transfer_in_rejects_edns(const struct transfer_in *transfer);

/* In how many seconds the source's own version expires, if it has said so (RFC 7314); else -1. */
int64_t transfer_in_expire_s(const struct transfer_in *transfer);

/* How it came: NOTE_AXFR, NOTE_IXFR, or NOTE_FALLBACK for a whole zone in answer to IXFR. */
enum note_transfer transfer_in_form(const struct transfer_in *transfer);

/* So far; octets without the length prefixes. */
size_t transfer_in_octets(const struct transfer_in *transfer);
size_t transfer_in_messages(const struct transfer_in *transfer);

#endif
