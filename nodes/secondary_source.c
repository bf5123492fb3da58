/*
 * The source that a secondary's round is at: its address, its part in TLS, and the
 * key that questions to it are signed with (RFC 8945).
 */
#include "nodes/secondary.h"

struct address secondary_source(const struct server_zone *zone)
{
    const struct server_addresses *sources = &zone->config->sources;
    const struct secondary *secondary = zone->secondary;
    return server_with_port(&sources->list[(secondary->first + secondary->asked) % sources->count]);
}

static const struct tsig_key *source_key(const struct server_zone *zone)
{
    const struct server_addresses *sources = &zone->config->sources;
    const struct secondary *secondary = zone->secondary;
    return server_key(sources, (secondary->first + secondary->asked) % sources->count);
}

const struct server_tls_peer *secondary_source_tls(const struct server_zone *zone)
{
    const struct server_addresses *sources = &zone->config->sources;
    const struct secondary *secondary = zone->secondary;
    return sources->tls ? sources->tls[(secondary->first + secondary->asked) % sources->count]
                        : NULL;
}

struct address secondary_source_over(const struct server_zone *zone)
{
    struct address source = secondary_source(zone);
    if (secondary_source_tls(zone) && source.port == SERVER_PORT)
        source.port = SERVER_TLS_PORT;
    return source;
}

size_t secondary_sign(struct server_zone *zone, uint8_t *data, size_t size, int64_t at_wall_ns)
{
    struct tsig *tsig = &zone->secondary->tsig;
    const struct tsig_key *key = source_key(zone);
    tsig_free(tsig);
    tsig->key = NULL;
    tsig->ahead_s = 0;
    if (!key)
        return size;
    tsig_begin(tsig, key);
    return tsig_sign(tsig, data, size, at_wall_ns);
}

size_t secondary_signature_size(const struct server_zone *zone)
{
    const struct tsig_key *key = source_key(zone);
    struct tsig tsig = {0};
    if (!key)
        return 0;
    tsig_begin(&tsig, key);
    size_t size = tsig_size(&tsig);
    tsig_free(&tsig);
    return size;
}

/* An error without a signature says more than that it is not signed. */
const char *secondary_signature_fault(struct server_zone *zone, const struct message *message)
{
    struct tsig *tsig = &zone->secondary->tsig;
    if (!tsig->key)
        return NULL;
    enum tsig_result result = tsig_verify(tsig, message, zone->server->event->wall_ns);
    if (result == TSIG_ABSENT && message->rcode != RCODE_NOERROR)
        return NULL;
    return tsig_result_text(result);
}
