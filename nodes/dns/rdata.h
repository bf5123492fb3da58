/*
 * Comparing the RDATA of valid records: as octets, but for names, whose case does
 * not matter (RFC 4034 section 6.2, RFC 3597 section 6).
 */
#ifndef NODES_DNS_RDATA_H
#define NODES_DNS_RDATA_H

#include "nodes/dns/rr.h"

/* Canonical order (RFC 4034 section 6.3): negative, 0 or positive. */
int rdata_compare(uint16_t type, struct bytes a, struct bytes b);

/* Equal for RDATA that compares equal. */
uint64_t rdata_hash(uint16_t type, struct bytes rdata, uint64_t seed);

#endif
