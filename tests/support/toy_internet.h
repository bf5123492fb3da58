/*
 * A scripted internet around one resolver: a table of what each server says to
 * which questions, written as text, and a client that asks. Time passes only as
 * the test lets it.
 */
#ifndef TESTS_SUPPORT_TOY_INTERNET_H
#define TESTS_SUPPORT_TOY_INTERNET_H

#include "nodes/dns/message.h"
#include "nodes/resolver.h"
#include "tests/support/node_driver.h"

/* A line of the script is
 *
 *   SERVER NAME TYPE MANNER [RECORD; RECORD ...]
 *   "192.0.2.1 *.example.com. any answer an www.example.com. 300 A 192.0.2.80; au ...; ad ..."
 *
 * NAME is the question's; "*.com." also all below, "*." everything. TYPE may be "any". RDATA of A,
 * AAAA, NS and CNAME as usual; "SOA 60" has MINIMUM 60; "TXT 900" has 900 octets. The first line
 * that fits a question counts; without one the server is silent. MANNER is one of these: */
enum toy_manner {
    TOY_ANSWER,      /* "answer": with AA */
    TOY_REFERRAL,    /* "referral": without AA */
    TOY_NXDOMAIN,    /* "nxdomain": with AA */
    TOY_NONAME,      /* "noname": NXDOMAIN without AA */
    TOY_REFUSED,     /* "refused" */
    TOY_SERVFAIL,    /* "servfail" */
    TOY_SILENT,      /* "silent" */
    TOY_UNREACHABLE, /* "unreachable": ICMP port unreachable; RST to a SYN */
    TOY_PLAIN,       /* "plain": FORMERR to a query with OPT, else as "answer" */
    TOY_TRUNCATE,    /* "truncate": TC and nothing else over UDP, else as "answer" */
    TOY_MANNER_COUNT
};

struct toy_rule {
    struct address server;
    uint8_t name[NAME_SIZE_MAX];
    bool below;    /* what lies below the name, too */
    uint16_t type; /* 0: any */
    enum toy_manner manner;
    const char *records;
};

struct toy_question {
    struct address server;
    uint8_t qname[NAME_SIZE_MAX];
    uint16_t qtype;
    bool over_tcp, with_edns;
    int64_t at_ns;
};

struct toy_reply {
    uint8_t *data;
    size_t size;
    int64_t at_ns;
};

struct toy_delivery;

struct toy_internet {
    struct toy_rule *rules;
    size_t rule_count;
    int64_t delay_ns; /* from a question to its answer; 10 ms */
    struct node_driver driver;
    size_t outputs_seen;
    struct toy_delivery *deliveries; /* on their way */
    size_t delivery_count, delivery_capacity;
    struct toy_question *questions; /* that servers were asked, in order */
    size_t question_count, question_capacity;
    struct toy_reply *replies; /* to clients, in order */
    size_t reply_count, reply_capacity;
    struct message message; /* of the reply read last */
    uint16_t next_id;
};

/* The resolver's CONFIG and the lines outlive the internet. It starts at one million seconds. */
void toy_open(struct toy_internet *toy, const struct resolver_config *config,
              const char *const *lines, size_t line_count);
void toy_close(struct toy_internet *toy);

/* Lets SPAN_NS pass. */
void toy_pass(struct toy_internet *toy, int64_t span_ns);

/* The client asks over UDP, with RD and EDNS. */
void toy_ask(struct toy_internet *toy, const char *name, uint16_t type);

/* The Nth reply from the first, parsed; NULL: not yet there. */
const struct message *toy_reply(struct toy_internet *toy, size_t n);
/* The last reply's A record number N in the answer section, "192.0.2.80" (0 TTL if NULL). */
const char *toy_address(struct toy_internet *toy, size_t n, uint32_t *ttl_s);

/* How many questions SERVER was asked (NULL: any), for NAME (NULL: any). */
size_t toy_asked(const struct toy_internet *toy, const char *server, const char *name);

#endif
