/*
 * DNS messages (RFC 1035 section 4, EDNS(0): RFC 6891): reading hostile bytes and
 * writing answers with name compression. No allocation on either side.
 */
#ifndef NODES_DNS_MESSAGE_H
#define NODES_DNS_MESSAGE_H

#include "nodes/dns/rr.h"

enum {
    MESSAGE_HEADER_SIZE = 12,
    MESSAGE_SIZE_MAX = 65535,
    MESSAGE_UDP_PLAIN_MAX = 512, /* without EDNS, RFC 1035 */
    MESSAGE_UDP_EDNS_MAX = 1232, /* what we offer and obey (DNS flag day 2020) */
};

enum message_flag {
    FLAG_QR = 0x8000,
    FLAG_AA = 0x0400,
    FLAG_TC = 0x0200,
    FLAG_RD = 0x0100,
    FLAG_RA = 0x0080,
    FLAG_AD = 0x0020,
    FLAG_CD = 0x0010,
};

enum message_section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTION_COUNT };

struct edns {
    bool present;
    uint8_t version;
    bool dnssec_ok;
    uint16_t udp_size;    /* as sent; below 512 counts as 512 */
    struct bytes options; /* borrowed from the message: (code, length, data)* */
};

/* A parsed message; everything points into the bytes it was read from or into itself. */
struct message {
    struct bytes wire;
    uint16_t id;
    uint16_t flags; /* the flag bits alone, without opcode and rcode */
    uint8_t opcode;
    uint16_t rcode; /* extended by EDNS */
    uint16_t question_count;
    uint16_t counts[SECTION_COUNT];
    /* The question, if question_count is 1: expanded, case preserved. */
    uint8_t qname[NAME_SIZE_MAX];
    uint16_t qtype, qclass;
    struct edns edns;
    size_t records_at; /* offset of the first record */
    size_t tsig_at;    /* offset of the TSIG record's owner, if it is the last record; else 0 */
};

enum message_error {
    MESSAGE_OK,
    MESSAGE_SHORT, /* less than a header: not even an id to answer */
    /* Header is set, and edns.present if there is an OPT before or in what is wrong; the question
     * if that is so. The rest is not to be used: answer FORMERR. */
    MESSAGE_MALFORMED,
};

/* Reads header, question, OPT and the place of TSIG, and walks every record once so that
 * message_next cannot fail later: after MESSAGE_OK every owner, and every RDATA of a type with a
 * known form, decodes. Malformed are: more than one question; an OPT that is not in additional, not
 * owned by the root, with broken options, or the second; a TSIG that is not last; octets after the
 * last record; a compression pointer that does not lead to an earlier name; RDATA over 65535 octets
 * when decompressed. In UPDATE, RDATA of class ANY and NONE may be empty (RFC 2136 section 2.4). */
enum message_error message_parse(struct message *message, struct bytes wire);

enum edns_option {
    EDNS_EXPIRE = 9,   /* RFC 7314 */
    EDNS_PADDING = 12, /* RFC 7830 */
    EDNS_ERROR = 15    /* extended DNS errors: RFC 8914 */
};

enum { MESSAGE_OPTION_HEADER = 4 }; /* code and length */

/* Extended DNS errors that are of use in transfers (RFC 9103 sections 6 and 7.8). */
enum extended_error { ERROR_PROHIBITED = 18, ERROR_NOT_SUPPORTED = 21 };

/* The data of the first EDNS option CODE of a parsed message; false: it has none. */
bool message_option(const struct message *message, uint16_t code, struct bytes *data);

/* What an answer's EXPIRE option says, in seconds; -1: it has none, or one that is not four octets
 * long (RFC 7314 section 3). */
int64_t message_expire_s(const struct message *message);

/* The code of an answer's first extended error; -1: it has none. */
int message_extended_error(const struct message *message);

/* Walks the records of a parsed message in order. */
struct message_cursor {
    const struct message *message;
    size_t at;
    unsigned index;               /* records returned so far */
    enum message_section section; /* of the record returned last */
    uint8_t owner[NAME_SIZE_MAX];
    uint8_t rdata[MESSAGE_SIZE_MAX + 1]; /* decompressed RDATA where it holds names */
};

/* Sets CURSOR before the first record. (The struct is large: keep it where it is re-used.) */
void message_cursor_start(struct message_cursor *cursor, const struct message *message);

/* The next record: owner and decompressed RDATA, borrowed from the cursor or the message until the
 * next call. False at the end. OPT and TSIG are returned like others. A TTL with its highest bit
 * set counts as 0 (RFC 2181 section 8), but for OPT. */
bool message_next(struct message_cursor *cursor, struct rr *rr);

/* ---- writing ------------------------------------------------------------------------- */

enum { MESSAGE_COMPRESS_SLOTS = 512, MESSAGE_COMPRESS_HEADS = 256 };

/* Remembers where names stand, to compress later ones (RFC 1035 section 4.1.4). Names form a tree,
 * a slot for each label; slots are found by hash of (parent, label) and leave in reverse order. An
 * owner may point to the question's name whatever the case; all else keeps its case, so it is
 * compressed only against the very same octets. */
struct message_writer {
    uint8_t *data;
    size_t capacity; /* bytes the finished message may have */
    size_t reserved; /* of which kept free for OPT (and TSIG) */
    size_t size;
    uint16_t counts[1 + SECTION_COUNT]; /* question first */
    bool compress;
    uint16_t question_size;                 /* octets of the question's name; 0: no question */
    uint16_t slot_count;                    /* entries in use; while 0, heads is not initialised */
    uint16_t heads[MESSAGE_COMPRESS_HEADS]; /* slot index + 1; 0 ends a chain, here and in slots */
    struct {
        uint16_t next;
        uint16_t parent; /* slot index + 1; 0: the root */
        uint16_t hash;
        uint16_t at; /* offset of the label in the message */
    } slots[MESSAGE_COMPRESS_SLOTS];
};

/* Starts a message in DATA of at most CAPACITY bytes (12 .. 65535). FLAGS as in struct message.
 * Costs little: the slots are not cleared. */
void message_begin(struct message_writer *w, uint8_t *data, size_t capacity, uint16_t id,
                   enum opcode opcode, uint16_t flags);

/* At most once, and first. False if there is no room; nothing is written then. */
bool message_write_question(struct message_writer *w, const uint8_t *qname, uint16_t qtype,
                            uint16_t qclass);

/* Appends one record to SECTION (sections must come in order). False if there is no room: nothing
 * of it is written then, and the caller decides between TC and leaving it out. */
bool message_write_rr(struct message_writer *w, enum message_section section, const struct rr *rr);

/* Where the message stands now, to take back a half-written RRset. */
struct message_mark {
    size_t size;
    uint16_t counts[1 + SECTION_COUNT];
    uint16_t slot_count;
    uint16_t question_size;
};
struct message_mark message_mark(const struct message_writer *w);
void message_rewind(struct message_writer *w, const struct message_mark *mark);

/* Keeps SIZE bytes free for what message_write_opt will add. */
void message_reserve(struct message_writer *w, size_t size);

/* Size of an OPT record without options. */
enum { MESSAGE_OPT_SIZE = 11 };

/* Appends OPT to the additional section, using the reserve; RCODE's upper bits go into it. */
bool message_write_opt(struct message_writer *w, uint16_t udp_size, bool dnssec_ok, unsigned rcode,
                       struct bytes options);

/* Fills in counts and rcode (lower four bits), adds FLAGS to those that message_begin set; returns
 * the size of the message. */
size_t message_end(struct message_writer *w, uint16_t flags, unsigned rcode);

/* Writes a query: question, and OPT with UDP_SIZE unless that is 0. Returns its size; 0: no room.
 */
size_t message_make_query(uint8_t *data, size_t capacity, uint16_t id, uint16_t flags,
                          const uint8_t *qname, uint16_t qtype, uint16_t edns_udp_size,
                          bool dnssec_ok);

#endif
