/*
 * A client's question on its way: along CNAMEs through the cache, and through
 * lookups where the cache ends. The first walk through the cache borrows what it
 * finds; only a question that must wait takes memory.
 */
#include "nodes/resolver_parts.h"

enum progress { PROGRESS_DONE, PROGRESS_MISSING, PROGRESS_FAILED };

/* ENTRY leads on to another name. */
static bool leads_on(const struct cache_entry *entry, uint16_t qtype)
{
    return entry->kind == CACHE_RRSET && entry->type == RR_CNAME && qtype != RR_CNAME;
}

static const uint8_t *next_name(const uint8_t *qname, struct cache_entry *const *chain,
                                size_t count)
{
    return count > 0 ? cache_entry_first(chain[count - 1]).data : qname;
}

/* Goes on from where CHAIN ends, as far as the cache knows the way. */
static enum progress follow_cache(struct turn *turn, const uint8_t *qname, uint16_t qtype,
                                  struct cache_entry **chain, size_t *count)
{
    const uint8_t *name = next_name(qname, chain, *count);
    for (;;) {
        struct cache_entry *entry =
            cache_find(&turn->resolver->cache, name, qtype, CACHE_AUTHORITY, turn->now_ns);
        if (!entry)
            return PROGRESS_MISSING;
        if (entry->kind == CACHE_FAILURE || *count == RESOLVER_CHAIN_MAX)
            return PROGRESS_FAILED;
        chain[(*count)++] = entry;
        if (!leads_on(entry, qtype))
            return PROGRESS_DONE;
        name = cache_entry_first(entry).data;
    }
}

static unsigned chain_rcode(struct cache_entry *const *chain, size_t count)
{
    return count > 0 && chain[count - 1]->kind == CACHE_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
}

/* ---- requests that wait ----------------------------------------------------------------- */

static struct request *take_request(struct resolver *r)
{
    struct request *request = r->free_requests;
    if (request)
        r->free_requests = request->older;
    else
        request = arena_alloc(r->arena, sizeof *request);
    request->chain_count = 0;
    request->work = NULL;
    request->lookup = NULL;
    request->next_waiting = NULL;
    request->newer = NULL;
    request->older = r->newest_request;
    *(request->older ? &request->older->newer : &r->oldest_request) = request;
    r->newest_request = request;
    r->request_count++;
    return request;
}

static void give_request(struct resolver *r, struct request *request)
{
    for (size_t i = 0; i < request->chain_count; i++)
        cache_entry_release(request->chain[i]);
    work_release(request->work);
    *(request->newer ? &request->newer->older : &r->newest_request) = request->older;
    *(request->older ? &request->older->newer : &r->oldest_request) = request->newer;
    r->request_count--;
    request->older = r->free_requests;
    r->free_requests = request;
}

void request_free_all(struct resolver *r)
{
    while (r->newest_request)
        give_request(r, r->newest_request);
}

void request_forget_connection(struct resolver *r, const struct connection *connection)
{
    if (connection->waiting == 0)
        return;
    for (struct request *request = r->newest_request; request; request = request->older) {
        if (request->asker.connection == connection) {
            request->asker.connection = NULL;
            request->asker.is_gone = true;
        }
    }
}

static void finish(struct turn *turn, struct request *request, unsigned rcode)
{
    int64_t discard_ns = turn->resolver->policy->discard_ns;
    bool failed = rcode == RCODE_SERVFAIL;
    struct connection *connection = request->asker.connection;
    reply_send(
        turn, &(struct reply){
                  .asker = &request->asker,
                  .qname = request->qname,
                  .qtype = request->qtype,
                  .qclass = CLASS_IN,
                  .chain = request->chain,
                  .chain_count = failed ? 0 : request->chain_count,
                  .rcode = rcode,
                  .is_discarded = discard_ns > 0 && turn->now_ns - request->started_ns > discard_ns,
              });
    give_request(turn->resolver, request);
    if (connection)
        client_request_done(turn, connection);
}

static void go_on(struct turn *turn, struct request *request)
{
    struct resolver *r = turn->resolver;
    size_t before = request->chain_count;
    enum progress progress =
        follow_cache(turn, request->qname, request->qtype, request->chain, &request->chain_count);
    for (size_t i = before; i < request->chain_count; i++)
        cache_entry_retain(request->chain[i]);
    switch (progress) {
    case PROGRESS_DONE:
        finish(turn, request, chain_rcode(request->chain, request->chain_count));
        break;
    case PROGRESS_FAILED:
        finish(turn, request, RCODE_SERVFAIL);
        break;
    case PROGRESS_MISSING: {
        const uint8_t *name = next_name(request->qname, request->chain, request->chain_count);
        struct lookup *lookup = lookup_find(r, name, request->qtype);
        if (!lookup)
            lookup = lookup_begin(turn, name, request->qtype, request->work, 0);
        lookup_add_request(lookup, request);
        break;
    }
    }
}

/* When all places are taken the client that has waited longest is given up. */
static void make_room(struct turn *turn)
{
    struct resolver *r = turn->resolver;
    if (r->request_count < r->policy->requests)
        return;
    struct request *oldest = r->oldest_request;
    lookup_remove_request(oldest->lookup, oldest);
    finish(turn, oldest, RCODE_SERVFAIL);
}

static void wait_for_lookup(struct turn *turn, const struct asker *asker, const uint8_t *qname,
                            uint16_t qtype)
{
    make_room(turn);
    struct request *request = take_request(turn->resolver);
    request->asker = *asker;
    request->started_ns = turn->now_ns;
    request->qtype = qtype;
    request->work = work_create();
    name_copy(qname, request->qname);
    if (asker->connection)
        asker->connection->waiting++;
    go_on(turn, request);
}

void request_begin(struct turn *turn, const struct asker *asker, const uint8_t *qname,
                   uint16_t qtype)
{
    struct cache_entry *chain[RESOLVER_CHAIN_MAX];
    size_t count = 0;
    enum progress progress = follow_cache(turn, qname, qtype, chain, &count);
    if (progress == PROGRESS_MISSING && (asker->flags & FLAG_RD)) {
        wait_for_lookup(turn, asker, qname, qtype);
        return;
    }
    struct reply reply = {.asker = asker,
                          .qname = qname,
                          .qtype = qtype,
                          .qclass = CLASS_IN,
                          .chain = chain,
                          .from_cache = true};
    if (progress == PROGRESS_DONE) {
        reply.chain_count = count;
        reply.rcode = chain_rcode(chain, count);
    } else {
        reply.rcode = progress == PROGRESS_FAILED ? RCODE_SERVFAIL : RCODE_REFUSED;
    }
    reply_send(turn, &reply);
}

void request_deliver(struct turn *turn, struct request *request, struct cache_entry *entry)
{
    request->lookup = NULL;
    if (!entry || request->chain_count == RESOLVER_CHAIN_MAX) {
        finish(turn, request, RCODE_SERVFAIL);
        return;
    }
    request->chain[request->chain_count++] = cache_entry_retain(entry);
    if (leads_on(entry, request->qtype))
        go_on(turn, request);
    else
        finish(turn, request, chain_rcode(request->chain, request->chain_count));
}
