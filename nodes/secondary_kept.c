/*
 * Connections over TLS that no transfer needs for the moment: kept for a while for
 * the next zone from the same source (RFC 9103 section 6.3.1), one for each. In
 * between nothing is asked over them; a peer that says anything is done with.
 */
#include "nodes/secondary.h"

#include <stdlib.h>

struct secondary_kept {
    struct secondary_kept *next;
    struct socket_context context;
    struct deadline deadline;
    struct channel channel;
    struct address source;
    const struct server_tls_peer *peer; /* the configuration's */
};

static bool same_peer(const struct server_tls_peer *a, const struct server_tls_peer *b)
{
    bool same_name = a->name && b->name ? strcmp(a->name, b->name) == 0 : a->name == b->name;
    return same_name && a->demand_alpn == b->demand_alpn;
}

/* Where the one for SOURCE and PEER is linked, or would be. */
static struct secondary_kept **find(struct server *server, const struct address *source,
                                    const struct server_tls_peer *peer)
{
    struct secondary_kept **link = &server->kept;
    while (*link && !(address_equal(&(*link)->source, source) && same_peer((*link)->peer, peer)))
        link = &(*link)->next;
    return link;
}

static void forget(struct server *server, struct secondary_kept **link)
{
    struct secondary_kept *kept = *link;
    *link = kept->next;
    deadlines_unset(&server->deadlines, &kept->deadline);
    free(kept);
}

/* A whole answer has been read, and nothing of it or of ours is left. */
static bool is_fit(const struct server_zone *zone)
{
    const struct channel *channel = &zone->secondary->channel;
    return zone->server->policy->keep_connection_ns > 0 && channel->tls && channel->open &&
           !channel->finished && channel->in.start == channel->in.size &&
           stream_out_is_empty(&channel->out);
}

void secondary_kept_put(struct server_zone *zone)
{
    struct server *server = zone->server;
    struct channel *channel = &zone->secondary->channel;
    struct address source = secondary_source_over(zone);
    const struct server_tls_peer *peer = secondary_source_tls(zone);
    if (!is_fit(zone) || *find(server, &source, peer))
        return;
    struct secondary_kept *kept = memory_zeroed(sizeof *kept);
    kept->context = (struct socket_context){SOCKET_KEPT, kept};
    kept->deadline = (struct deadline){.owner = kept, .kind = DEADLINE_KEPT};
    kept->channel = *channel;
    kept->source = source;
    kept->peer = peer;
    kept->next = server->kept;
    server->kept = kept;
    *channel = (struct channel){0};
    outbox_set_context(server->out, kept->channel.socket, &kept->context);
    deadlines_set(&server->deadlines, &kept->deadline,
                  server->now_ns + server->policy->keep_connection_ns);
}

bool secondary_kept_take(struct server_zone *zone)
{
    struct server *server = zone->server;
    struct secondary *secondary = zone->secondary;
    struct address source = secondary_source_over(zone);
    struct secondary_kept **link = find(server, &source, secondary_source_tls(zone));
    if (!*link)
        return false;
    secondary->channel = (*link)->channel;
    forget(server, link);
    outbox_set_context(server->out, secondary->channel.socket, &secondary->transfer_context);
    return true;
}

static struct secondary_kept **link_of(struct server *server, const struct secondary_kept *kept)
{
    struct secondary_kept **link = &server->kept;
    while (*link != kept)
        link = &(*link)->next;
    return link;
}

void secondary_kept_due(struct server *server, struct secondary_kept *kept)
{
    channel_close(&kept->channel, server->out);
    forget(server, link_of(server, kept));
}

void secondary_kept_event(struct server *server, struct secondary_kept *kept)
{
    struct channel *channel = &kept->channel;
    if (server->event->kind == HOST_RESET) {
        channel_drop(channel);
        forget(server, link_of(server, kept));
        return;
    }
    channel_event(channel, server->out, server->event);
    if (channel->failure || channel->finished || channel->in.start < channel->in.size)
        secondary_kept_due(server, kept);
    else
        channel_consume(channel, server->out);
}

void secondary_kept_dispose(struct server *server)
{
    while (server->kept) {
        channel_drop(&server->kept->channel);
        forget(server, &server->kept);
    }
}
