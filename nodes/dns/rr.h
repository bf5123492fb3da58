/*
 * Resource records: types, classes, rcodes, and what of an RR type's RDATA the
 * protocol itself must know (where names stand: RFC 1035, 3597, 4034).
 */
#ifndef NODES_DNS_RR_H
#define NODES_DNS_RR_H

#include "nodes/dns/name.h"

enum rr_type {
    RR_A = 1,
    RR_NS = 2,
    RR_CNAME = 5,
    RR_SOA = 6,
    RR_PTR = 12,
    RR_MX = 15,
    RR_TXT = 16,
    RR_AAAA = 28,
    RR_SRV = 33,
    RR_DNAME = 39,
    RR_OPT = 41,
    RR_DS = 43,
    RR_RRSIG = 46,
    RR_NSEC = 47,
    RR_DNSKEY = 48,
    RR_NSEC3 = 50,
    RR_NSEC3PARAM = 51,
    RR_ZONEMD = 63,
    RR_TKEY = 249,
    RR_TSIG = 250,
    RR_IXFR = 251,
    RR_AXFR = 252,
    RR_ANY = 255,
};

enum rr_class { CLASS_IN = 1, CLASS_NONE = 254, CLASS_ANY = 255 };

enum rcode {
    RCODE_NOERROR = 0,
    RCODE_FORMERR = 1,
    RCODE_SERVFAIL = 2,
    RCODE_NXDOMAIN = 3,
    RCODE_NOTIMP = 4,
    RCODE_REFUSED = 5,
    RCODE_YXDOMAIN = 6,
    RCODE_YXRRSET = 7,
    RCODE_NXRRSET = 8,
    RCODE_NOTAUTH = 9,
    RCODE_NOTZONE = 10,
    RCODE_BADVERS = 16,
};

enum opcode { OPCODE_QUERY = 0, OPCODE_NOTIFY = 4, OPCODE_UPDATE = 5 };

/* A record as it goes about in memory: everything borrowed, RDATA uncompressed. */
struct rr {
    const uint8_t *owner;
    uint16_t type;
    uint16_t class;
    uint32_t ttl; /* seconds */
    struct bytes rdata;
};

/* SOA RDATA, taken apart; the names point into the RDATA. */
struct soa {
    const uint8_t *mname, *rname;
    uint32_t serial, refresh, retry, expire, minimum; /* seconds but for the serial */
};

/* False if RDATA is not the uncompressed RDATA of an SOA record. */
bool rr_soa_parse(struct bytes rdata, struct soa *out);

/* RDATA forms as strings of steps, for decoding (decompression), canonical form and compression:
 *   'n' a name that may be compressed when sent (the types of RFC 1035; RFC 3597 section 4)
 *   'N' a name that must not be, but may arrive compressed   1..9 that many octets
 *   's' a character-string
 * and these, which only ever stand last and take all that is left:
 *   'S' one or more character-strings   'b' a type bitmap (RFC 4034 section 4.1.2)   '*' anything
 * Types not known are "*" (RFC 3597). The class is not looked at. */
const char *rr_rdata_form(uint16_t type);

/* The octets that STEP of a form, other than a name, takes of the LEFT octets at DATA; RR_STEP_BAD
 * if they do not fit it. */
#define RR_STEP_BAD SIZE_MAX
size_t rr_step_size(char step, const uint8_t *data, size_t left);

/* True if RDATA (uncompressed) fits the form of TYPE. */
bool rr_rdata_is_valid(uint16_t type, struct bytes rdata);

/* Mnemonic of a type, or "TYPE65280" (RFC 3597) in OUT. */
const char *rr_type_to_text(uint16_t type, char out[16]);

/* Accepts mnemonics in any case and TYPEnnn; 0: not a type. */
uint16_t rr_type_from_text(struct bytes text);

/* Mnemonic ("NXDOMAIN") or "RCODE23"; static or in OUT. */
const char *rcode_to_text(unsigned rcode, char out[16]);

/* RFC 1982 serial arithmetic: A is after B. False for equal and for undefined (distance 2^31). */
static inline bool serial_is_after(uint32_t a, uint32_t b)
{
    return (uint32_t)(a - b) - 1 < UINT32_C(0x7fffffff);
}

#endif
