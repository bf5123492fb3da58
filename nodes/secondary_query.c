/*
 * The questions a secondary asks its sources: SOA, IXFR (RFC 1995 section 3) and
 * AXFR (RFC 5936 section 2.1), each with EDNS where that is of use, and with an
 * empty EXPIRE option (RFC 7314 section 4) from software that knows it.
 */
#include "nodes/secondary.h"

static bool asks_expire(const struct server_zone *zone, uint16_t type)
{
    enum server_expire_query asks = zone->server->policy->asks_expire;
    return asks == EXPIRE_IN_ALL || (asks == EXPIRE_IN_SOA && type == RR_SOA);
}

/* The SOA query always has EDNS, a transfer only if there is something to ask for by it. */
static bool uses_edns(const struct server_zone *zone, uint16_t type)
{
    return !zone->secondary->without_edns && (type == RR_SOA || asks_expire(zone, type));
}

static void write_our_soa(const struct server_zone *zone, struct message_writer *w)
{
    struct zone_walk walk = {.zone = zone->version};
    struct rr soa;
    zone_walk_next(&walk, &soa);
    message_write_rr(w, SECTION_AUTHORITY, &soa);
}

size_t secondary_query(const struct server_zone *zone, uint16_t id, uint16_t type,
                       uint8_t data[SECONDARY_QUERY_MAX])
{
    static const uint8_t expire[] = {0, EDNS_EXPIRE, 0, 0};
    struct message_writer w;
    message_begin(&w, data, SECONDARY_QUERY_MAX, id, OPCODE_QUERY, 0);
    message_write_question(&w, zone->origin, type, CLASS_IN);
    if (type == RR_IXFR)
        write_our_soa(zone, &w);
    if (uses_edns(zone, type))
        message_write_opt(&w, MESSAGE_UDP_EDNS_MAX, false, RCODE_NOERROR,
                          bytes_of(expire, asks_expire(zone, type) ? sizeof expire : 0));
    return message_end(&w, 0, RCODE_NOERROR);
}

bool secondary_rejects_edns(const struct server_zone *zone, const struct message *message)
{
    return !zone->secondary->without_edns && !message->edns.present &&
           (message->rcode == RCODE_FORMERR || message->rcode == RCODE_NOTIMP);
}
