/*
 * RDATA from presentation format to wire. For the files that implement zonefile.h.
 */
#ifndef NODES_DNS_ZONEFILE_RDATA_H
#define NODES_DNS_ZONEFILE_RDATA_H

#include "nodes/dns/rr.h"
#include "nodes/dns/zonefile_scan.h"

/* Parses SCANNER's tokens from number FIRST on as RDATA of TYPE, names relative to ORIGIN, and
 * appends it to OUT (65535 octets). False and *MISTAKE if they are not. */
bool zonefile_rdata_parse(const struct zonefile_scanner *scanner, size_t first, uint16_t type,
                          const uint8_t *origin, struct writer *out,
                          struct zonefile_mistake *mistake);

#endif
