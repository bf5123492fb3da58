/*
 * Asks several name servers the same questions and compares what they answer:
 * questions.c makes them up, query.c writes them, exchange.c asks, answers.c reads,
 * classes.c knows which differences are allowed (docs/differences.md), ask.c puts it
 * together.
 */
#ifndef TESTS_INTEROP_ASK_H
#define TESTS_INTEROP_ASK_H

#include "nodes/dns/message.h"
#include "sim/base/address.h"
#include "sim/base/arena.h"

enum { ASK_SERVERS_MAX = 4, ASK_EDNS_NONE = 0, ASK_QUERY_MAX = 512 };

/* ---- questions.c ----------------------------------------------------------------------------- */

struct ask_question {
    uint8_t name[NAME_SIZE_MAX];
    uint16_t type, class;
    uint16_t flags;    /* FLAG_RD, FLAG_AD, FLAG_CD */
    uint16_t udp_size; /* ASK_EDNS_NONE: without EDNS */
    bool edns_zero;    /* with EDNS all the same, that offers 0 octets */
    uint8_t edns_version;
    bool dnssec_ok, unknown_option, mixed_case, tcp;
};

struct ask_owner {
    const uint8_t *name;
    uint16_t type;
};

/* The records that questions are made from; a zone's begin with its SOA. */
struct ask_zones {
    struct arena arena;
    struct ask_owner *owners;
    size_t count, capacity;
    size_t *zones; /* where each begins in owners */
    size_t zone_count, zone_capacity;
};

/* Reads lines of owner, TTL, class, type (mnemonic or TYPEnnn) and what follows, as dig writes them
 * with +unknownformat; the SOA's begins a zone. */
void ask_zones_read(struct ask_zones *zones);
void ask_zones_free(struct ask_zones *zones);

/* Question NUMBER is always the same. */
void ask_make_question(const struct ask_zones *zones, uint64_t number, struct ask_question *out);

/* ---- query.c --------------------------------------------------------------------------------- */

/* Returns the size in octets. */
size_t ask_query_write(const struct ask_question *question, uint16_t id,
                       uint8_t data[ASK_QUERY_MAX]);

/* ---- answers.c ------------------------------------------------------------------------------- */

struct ask_record {
    const uint8_t *owner; /* lower case */
    uint16_t type;
    uint32_t ttl;
    struct bytes rdata;
};

/* Each section's records, sorted, each once; OPT is left out. Of the additional section there are
 * but the addresses that a referral can't do without: those of its servers below the cut. */
struct ask_section {
    struct ask_record *records;
    size_t count;
};

struct ask_answer {
    bool received;
    unsigned rcode;
    bool authoritative, edns;
    bool twice;      /* a record was there more than once */
    bool truncated;  /* over UDP; what is here came over TCP then */
    bool echoed;     /* the question is the one asked, letter for letter */
    uint16_t flags;  /* FLAG_RD, FLAG_RA, FLAG_AD, FLAG_CD */
    uint8_t version; /* of EDNS */
    size_t size;     /* octets of the first answer */
    struct ask_section sections[SECTION_COUNT];
};

/* Reads MESSAGE into ARENA. False: not a message. */
bool ask_answer_read(struct arena *arena, struct bytes message, struct ask_answer *out);
/* What is wrong with ANSWER whatever others say: header, question, EDNS, size. NULL: nothing. */
const char *ask_answer_fault(const struct ask_question *question, const struct ask_answer *answer);
int ask_record_compare(const struct ask_record *a, const struct ask_record *b);
bool ask_section_equal(const struct ask_section *a, const struct ask_section *b);
/* Records of TYPE; all if it is 0. */
size_t ask_section_count(const struct ask_section *section, uint16_t type);
void ask_answer_print(const char *server, const struct ask_answer *answer);

/* ---- exchange.c ------------------------------------------------------------------------------ */

struct ask_server {
    const char *name;
    struct address address;
    int socket;
};

bool ask_server_open(struct ask_server *server);

/* A connection over TCP; -1 after a sentence if there is none. */
int ask_connect(const struct ask_server *server);
bool ask_read(int number, uint8_t *data, size_t size);

/* Asks all over UDP, and again over TCP whoever truncates; all over TCP if the question says so. */
void ask_all(struct arena *arena, struct ask_server *servers, size_t count,
             const struct ask_question *question, struct ask_answer answers[ASK_SERVERS_MAX]);

/* ---- fetch.c --------------------------------------------------------------------------------- */

/* Fetches ZONE and prints records, octets and seconds; the exit code. */
int ask_fetch(const struct ask_server *server, const char *zone);

/* ---- abuse.c --------------------------------------------------------------------------------- */

/* Opens COUNT bad connections at once, several times; the exit code. */
int ask_abuse(const struct ask_server *server, const char *zone, size_t count);

/* Opens COUNT connections, says "held", and keeps them until it is killed. */
int ask_hold(const struct ask_server *server, size_t count);

/* ---- classes.c ------------------------------------------------------------------------------- */

enum { ASK_CLASSES_MAX = 20, ASK_SAME = -1, ASK_UNKNOWN = -2 };

/* In the end, be it over TCP: rcode, AA, the sections. */
bool ask_answer_says_the_same(const struct ask_answer *ours, const struct ask_answer *theirs);

/* IN_COMPANY: another server's answer says the same as ours. ASK_SAME, the number of the class that
 * the difference belongs to, or ASK_UNKNOWN. */
int ask_classify(const struct ask_question *question, const struct ask_answer *ours,
                 const struct ask_answer *theirs, bool in_company);
/* NULL beyond the last one. */
const char *ask_class_name(int number);

#endif
