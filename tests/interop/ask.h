/*
 * Asks several name servers the same questions and compares what they answer:
 * questions.c makes them up, exchange.c asks, answers.c reads, classes.c knows
 * which differences are allowed (docs/differences.md), ask.c puts it together.
 */
#ifndef TESTS_INTEROP_ASK_H
#define TESTS_INTEROP_ASK_H

#include "nodes/dns/message.h"
#include "sim/base/address.h"
#include "sim/base/arena.h"

enum { ASK_SERVERS_MAX = 4, ASK_EDNS_NONE = 0 };

/* ---- questions.c ----------------------------------------------------------------------------- */

struct ask_question {
    uint8_t name[NAME_SIZE_MAX];
    uint16_t type;
    uint16_t udp_size; /* ASK_EDNS_NONE: without EDNS */
    bool dnssec_ok;
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

/* ---- answers.c ------------------------------------------------------------------------------- */

struct ask_record {
    const uint8_t *owner; /* lower case */
    uint16_t type;
    uint32_t ttl;
    struct bytes rdata;
};

/* Each section's records, sorted, each once; OPT is left out. */
struct ask_section {
    struct ask_record *records;
    size_t count;
};

struct ask_answer {
    bool received;
    unsigned rcode;
    bool authoritative, truncated, edns;
    struct ask_section sections[SECTION_COUNT];
};

/* Reads MESSAGE into ARENA. False: not a message. */
bool ask_answer_read(struct arena *arena, struct bytes message, struct ask_answer *out);
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

/* Asks all over UDP, and again over TCP whoever truncates. */
void ask_all(struct arena *arena, struct ask_server *servers, size_t count,
             const struct ask_question *question, struct ask_answer answers[ASK_SERVERS_MAX]);

/* ---- fetch.c --------------------------------------------------------------------------------- */

/* Fetches ZONE and prints records, octets and seconds; the exit code. */
int ask_fetch(const struct ask_server *server, const char *zone);

/* ---- classes.c ------------------------------------------------------------------------------- */

enum { ASK_CLASSES_MAX = 20, ASK_SAME = -1, ASK_UNKNOWN = -2 };

bool ask_answer_equal(const struct ask_answer *ours, const struct ask_answer *theirs);

/* IN_COMPANY: another server's answer equals ours. ASK_SAME, the number of the class that the
 * difference belongs to, or ASK_UNKNOWN. */
int ask_classify(const struct ask_question *question, const struct ask_answer *ours,
                 const struct ask_answer *theirs, bool in_company);
/* NULL beyond the last one. */
const char *ask_class_name(int number);

#endif
