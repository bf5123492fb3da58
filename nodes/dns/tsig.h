/*
 * Transaction signatures (TSIG, RFC 8945): one key shared by two parties signs
 * queries, answers and the messages of a transfer.
 *
 * A struct tsig accompanies one exchange on either side, from the request to the
 * last message of the answer, since each signature covers the one before it.
 */
#ifndef NODES_DNS_TSIG_H
#define NODES_DNS_TSIG_H

#include "nodes/dns/message.h"

enum tsig_algorithm {
    TSIG_HMAC_MD5,
    TSIG_HMAC_SHA1,
    TSIG_HMAC_SHA224,
    TSIG_HMAC_SHA256,
    TSIG_HMAC_SHA384,
    TSIG_HMAC_SHA512,
    TSIG_ALGORITHM_COUNT
};

enum {
    TSIG_MAC_MAX = 64,
    TSIG_FUDGE_S = 300,            /* how far two clocks may be apart (section 10) */
    TSIG_UNSIGNED_MAX = 99,        /* messages of a stream in a row (section 5.3.1) */
    TSIG_ALGORITHM_NAME_MAX = 128, /* octets of its name; a longer one is malformed to us */
    /* Octets of the record at most: owner, fixed part, algorithm, fields, MAC, server's time. With
     * header and OPT it fits into the smallest answer. */
    TSIG_SIZE_MAX = NAME_SIZE_MAX + 10 + TSIG_ALGORITHM_NAME_MAX + 16 + TSIG_MAC_MAX + 6
};

/* Outlives every exchange that uses it. */
struct tsig_key {
    const uint8_t *name; /* its case does not matter */
    enum tsig_algorithm algorithm;
    struct bytes secret; /* at least one octet */
};

/* "hmac-sha256", also for MD5 "hmac-md5". Static. */
const char *tsig_algorithm_to_text(enum tsig_algorithm algorithm);
bool tsig_algorithm_from_text(const char *text, enum tsig_algorithm *algorithm);
size_t tsig_mac_size(enum tsig_algorithm algorithm);

enum tsig_result {
    TSIG_GOOD,
    TSIG_ABSENT,    /* the message is not signed */
    TSIG_MALFORMED, /* also a MAC that is too short or too long (section 5.2.2.1) */
    TSIG_BADKEY,    /* no such key, or not with this algorithm */
    TSIG_BADSIG,
    TSIG_BADTIME,
    TSIG_NOT_LAST, /* the answer ended with a message that is not signed */
    /* What the peer says of our request, in its answer's TSIG. */
    TSIG_PEER_BADKEY,
    TSIG_PEER_BADSIG,
    TSIG_PEER_BADTIME,
    TSIG_PEER_BADTRUNC,
    TSIG_PEER_OTHER
};

/* "TSIG: bad signature". Static; NULL for TSIG_GOOD. */
const char *tsig_result_text(enum tsig_result result);

struct tsig {
    const struct tsig_key *key; /* NULL: our answer carries no MAC (BADKEY, BADSIG) */
    uint8_t mac[TSIG_MAC_MAX];  /* covered by the next signature: of the message before */
    size_t mac_size;            /* 0: this is the request */
    bool timers_only;           /* the next message is not the first of the answer */
    /* After BADTIME here or at the peer: the peer's clock less ours, in seconds; else 0. */
    int64_t ahead_s;

    /* Signing an answer that says no (section 5.2). */
    unsigned error;              /* TSIG's, 0: none */
    uint64_t request_time_s;     /* as the request has it */
    uint8_t name[NAME_SIZE_MAX]; /* in lower case, for any answer */
    uint8_t algorithm_name[TSIG_ALGORITHM_NAME_MAX];

    /* Verifying a stream: the messages since the last signature. */
    void *digest;
    unsigned unsigned_count;
};

/* ---- asking: tsig_begin, tsig_sign, then tsig_verify for every message of the answer -------- */

void tsig_begin(struct tsig *tsig, const struct tsig_key *key);

/* Is MESSAGE, the next one of the answer, what the holder of the key sent? Messages between the
 * first and the last need not be signed. WALL_NS is our clock. */
enum tsig_result tsig_verify(struct tsig *tsig, const struct message *message, int64_t wall_ns);

/* After the last message: TSIG_GOOD, or TSIG_NOT_LAST. */
enum tsig_result tsig_finish(const struct tsig *tsig);

/* Gives back what verifying a stream may hold; TSIG may be all zero. */
void tsig_free(struct tsig *tsig);

/* ---- answering: tsig_receive, then tsig_sign for every message of the answer ----------------- */

struct tsig_keys {
    const struct tsig_key *list;
    size_t count;
};

/* Looks at a request that has a TSIG record (tsig_at is set) and prepares TSIG for signing the
 * answer: GOOD; or BADKEY, BADSIG, BADTIME: answer NOTAUTH, signed by tsig_sign as the error
 * demands; or MALFORMED: answer FORMERR, not signed. */
enum tsig_result tsig_receive(struct tsig *tsig, const struct tsig_keys *keys,
                              const struct message *message, int64_t wall_ns);

/* ---- both ------------------------------------------------------------------------------------ */

/* Octets that tsig_sign adds; to be kept free with message_reserve. */
size_t tsig_size(const struct tsig *tsig);

/* Appends the TSIG record to the finished message of SIZE octets at DATA, which has room for
 * tsig_size more; returns the new size. The next signature covers this one. */
size_t tsig_sign(struct tsig *tsig, uint8_t *data, size_t size, int64_t wall_ns);

#endif
