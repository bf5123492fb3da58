/*
 * Answering a question from one zone (RFC 1034 section 4.3.2; wildcards RFC 4592,
 * DNAME RFC 6672, negative answers RFC 2308).
 */
#ifndef NODES_DNS_ANSWER_H
#define NODES_DNS_ANSWER_H

#include "nodes/dns/message.h"
#include "nodes/dns/zone.h"

struct answer_question {
    const uint8_t *qname;
    uint16_t qtype;
    bool dnssec_ok;
};

struct answer_result {
    enum rcode rcode;
    bool authoritative; /* AA */
    bool truncated;     /* TC: a needed RRset did not fit */
};

/* Writes answer, authority and additional sections into W (whose question is written already).
 * QNAME is at or below the zone's origin. Optional data (additional addresses that are not needed
 * glue) is left out when it does not fit; needed data sets truncated. */
struct answer_result answer_write(struct message_writer *w, const struct zone *zone,
                                  const struct answer_question *question);

/* Follows a CNAME chain only within the zone, at most this often. */
enum { ANSWER_CHAIN_MAX = 16 };

#endif
