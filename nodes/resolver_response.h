/*
 * What a response from an authoritative server means: an answer, a negative answer,
 * a referral, or nothing of use. Learns into the cache what may be believed: data
 * inside the zone whose server was asked (in bailiwick), at its rank (RFC 2181
 * section 5.4.1).
 */
#ifndef NODES_RESOLVER_RESPONSE_H
#define NODES_RESOLVER_RESPONSE_H

#include "nodes/cache.h"
#include "nodes/dns/message.h"

enum response_kind {
    RESPONSE_ANSWER,   /* entry: the RRset, or a CNAME in its place */
    RESPONSE_NEGATIVE, /* entry: NXDOMAIN or NODATA */
    RESPONSE_REFERRAL, /* entry: the NS RRset of a zone below */
    RESPONSE_LAME,     /* this server is of no use here */
    RESPONSE_FORMERR,  /* it may understand the question without EDNS */
};

/* What was asked, and of whom. */
struct response_question {
    const uint8_t *qname;
    const uint8_t *zone; /* which the server was asked as a server of */
    uint16_t qtype;
};

struct response_verdict {
    enum response_kind kind;
    struct cache_entry *entry; /* one reference, or NULL */
};

struct response_limits {
    uint32_t max_ttl_s, max_negative_ttl_s;
};

/* A response with more records of class IN is of no use. */
enum { RESPONSE_RECORDS_MAX = 1024, RESPONSE_CHAIN_MAX = 16, RESPONSE_SERVERS_MAX = 16 };

struct response_record {
    const uint8_t *owner;
    struct bytes rdata;
    uint32_t ttl_s;
    uint16_t type;
    uint8_t section;
};

/* Where responses are taken apart; large, re-used for each. */
struct response_room {
    struct message_cursor cursor;
    struct response_record records[RESPONSE_RECORDS_MAX];
    size_t count;
    struct bytes rdatas[RESPONSE_RECORDS_MAX]; /* of the RRset in hand */
    uint8_t names[UINT16_MAX];                 /* owners and RDATAs that had to be decompressed */
    size_t names_size;
};

/* MESSAGE is parsed, answers QUESTION and is not truncated. */
struct response_verdict response_judge(struct response_room *room, const struct message *message,
                                       const struct response_question *question,
                                       struct cache *cache, const struct response_limits *limits,
                                       int64_t now_ns);

#endif
