/*
 * The questions a secondary asks its sources: SOA, IXFR (RFC 1995 section 3) and
 * AXFR (RFC 5936 section 2.1), each with EDNS where that is of use, and with an
 * empty EXPIRE option (RFC 7314 section 4) from software that knows it.
 */
#include "nodes/secondary.h"
#include "nodes/dns/padding.h"

static bool asks_expire(const struct server_zone *zone, uint16_t type)
{
    enum server_expire_query asks = zone->server->policy->asks_expire;
    return asks == EXPIRE_IN_ALL || (asks == EXPIRE_IN_SOA && type == RR_SOA);
}

/* All that goes over TLS does, of software that knows how. */
static bool is_padded(const struct server_zone *zone)
{
    return zone->server->policy->pads && secondary_source_tls(zone);
}

/* Most software's SOA query has EDNS; others only if there is something to say by it. */
static bool uses_edns(const struct server_zone *zone, uint16_t type)
{
    bool soa = type == RR_SOA && !zone->server->policy->soa_without_edns;
    return !zone->secondary->without_edns && (soa || asks_expire(zone, type) || is_padded(zone));
}

static void write_opt(const struct server_zone *zone, struct message_writer *w, uint16_t type)
{
    uint8_t options[MESSAGE_OPTION_HEADER + PADDING_ROOM];
    size_t size = 0;
    if (asks_expire(zone, type)) {
        bytes_put_u16(options, EDNS_EXPIRE);
        bytes_put_u16(options + 2, 0);
        size = MESSAGE_OPTION_HEADER;
    }
    if (is_padded(zone))
        size = padding_add(options, size, w, secondary_signature_size(zone), PADDING_QUERY);
    message_write_opt(w, MESSAGE_UDP_EDNS_MAX, false, RCODE_NOERROR, bytes_of(options, size));
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
    struct message_writer w;
    message_begin(&w, data, SECONDARY_QUERY_MAX, id, OPCODE_QUERY, 0);
    message_write_question(&w, zone->origin, type, CLASS_IN);
    if (type == RR_IXFR)
        write_our_soa(zone, &w);
    if (uses_edns(zone, type))
        write_opt(zone, &w, type);
    return message_end(&w, 0, RCODE_NOERROR);
}

bool secondary_rejects_edns(const struct server_zone *zone, const struct message *message)
{
    return !zone->secondary->without_edns && !message->edns.present &&
           (message->rcode == RCODE_FORMERR || message->rcode == RCODE_NOTIMP);
}
