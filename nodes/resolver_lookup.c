/*
 * Lookups: one name and type, asked of the servers of the closest zone cut known,
 * and of those that their referrals lead to, until there is an answer, or all
 * servers, queries or time are used up. Questions of several clients and of other
 * lookups for the same name and type share one.
 */
#include "nodes/resolver_parts.h"

#include <stdlib.h>

/* ---- work ------------------------------------------------------------------------------- */

struct work *work_create(void)
{
    struct work *work = memory_zeroed(sizeof *work);
    work->references = 1;
    return work;
}

void work_release(struct work *work)
{
    if (work && --work->references == 0)
        free(work);
}

/* ---- beginning and ending --------------------------------------------------------------- */

static size_t make_key(uint8_t key[RESOLVER_KEY_SIZE_MAX], const uint8_t *name, uint16_t type)
{
    bytes_put_u16(key, type);
    return 2 + name_lower(name, key + 2);
}

struct lookup *lookup_find(const struct resolver *r, const uint8_t *name, uint16_t type)
{
    uint8_t key[RESOLVER_KEY_SIZE_MAX];
    size_t size = make_key(key, name, type);
    return table_get(&r->lookups, bytes_of(key, size));
}

static struct lookup *take_lookup(struct resolver *r)
{
    struct lookup *lookup = r->free_lookups;
    if (!lookup)
        return arena_alloc(r->arena, sizeof *lookup);
    r->free_lookups = lookup->next_ready;
    memset(lookup, 0, sizeof *lookup);
    return lookup;
}

static void give_lookup(struct resolver *r, struct lookup *lookup)
{
    lookup->next_ready = r->free_lookups;
    r->free_lookups = lookup;
}

struct lookup *lookup_begin(struct turn *turn, const uint8_t *name, uint16_t type,
                            struct work *work, unsigned depth)
{
    struct resolver *r = turn->resolver;
    struct lookup *lookup = take_lookup(r);
    size_t size = make_key(lookup->key, name, type);
    lookup->name = lookup->key + 2;
    lookup->type = type;
    lookup->depth = depth;
    lookup->work = work;
    work->references++;
    lookup->round.qtype = type;
    lookup->upstream.endpoint = ENDPOINT_UPSTREAM;
    lookup->upstream.lookup = lookup;
    lookup->answer_deadline.owner = lookup->lookup_deadline.owner = lookup;
    lookup->answer_deadline.kind = DEADLINE_ANSWER;
    lookup->lookup_deadline.kind = DEADLINE_LOOKUP;
    table_put(&r->lookups, bytes_of(lookup->key, size), lookup);
    if (r->policy->lookup_ns > 0)
        deadlines_set(&r->deadlines, &lookup->lookup_deadline, turn->now_ns + r->policy->lookup_ns);
    lookup_wake(r, lookup);
    return lookup;
}

/* RFC 9520: what has failed is not tried again at once. */
static void remember_failure(struct turn *turn, const struct lookup *lookup)
{
    const struct cache_item item = {.owner = lookup->name,
                                    .type = lookup->type,
                                    .kind = CACHE_FAILURE,
                                    .rank = CACHE_ANSWER,
                                    .ttl_s = turn->resolver->policy->failure_ttl_s};
    struct cache_entry *entry = cache_entry_make(&item, turn->now_ns);
    cache_put(&turn->resolver->cache, entry, turn->now_ns);
    cache_entry_release(entry);
}

/* Ends LOOKUP with ENTRY (borrowed), or NULL for failure, and tells all that wait for it. */
static void finish(struct turn *turn, struct lookup *lookup, struct cache_entry *entry)
{
    struct resolver *r = turn->resolver;
    upstream_end(turn, lookup);
    lookup->state = LOOKUP_DONE;
    deadlines_unset(&r->deadlines, &lookup->lookup_deadline);
    table_remove(&r->lookups, bytes_of(lookup->key, 2 + name_size(lookup->name)));
    if (!entry)
        remember_failure(turn, lookup);
    delegation_leave(r, lookup);
    delegation_deliver(turn, lookup);
    struct request *request = lookup->first_waiting;
    while (request) {
        struct request *next = request->next_waiting;
        request_deliver(turn, request, entry);
        request = next;
    }
    work_release(lookup->work);
    if (!lookup->is_ready)
        give_lookup(r, lookup);
}

void lookup_free_all(struct resolver *r)
{
    for (size_t i = 0; i < r->lookups.used; i++) {
        struct lookup *lookup = r->lookups.entries[i].value;
        if (!lookup)
            continue;
        stream_in_free(&lookup->upstream.in);
        stream_out_free(&lookup->upstream.out);
        cache_entry_release(lookup->cut);
        work_release(lookup->work);
    }
    table_free(&r->lookups);
}

void lookup_add_request(struct lookup *lookup, struct request *request)
{
    request->lookup = lookup;
    request->next_waiting = NULL;
    *(lookup->last_waiting ? &lookup->last_waiting->next_waiting : &lookup->first_waiting) =
        request;
    lookup->last_waiting = request;
}

void lookup_remove_request(struct lookup *lookup, struct request *request)
{
    struct request **place = &lookup->first_waiting;
    struct request *before = NULL;
    while (*place != request) {
        before = *place;
        place = &before->next_waiting;
    }
    *place = request->next_waiting;
    if (lookup->last_waiting == request)
        lookup->last_waiting = before;
    request->lookup = NULL;
}

/* ---- going on --------------------------------------------------------------------------- */

void lookup_wake(struct resolver *r, struct lookup *lookup)
{
    if (lookup->is_ready)
        return;
    lookup->is_ready = true;
    lookup->next_ready = NULL;
    *(r->last_ready ? &r->last_ready->next_ready : &r->first_ready) = lookup;
    r->last_ready = lookup;
}

static bool has_spent_its_queries(const struct resolver *r, const struct lookup *lookup)
{
    return lookup->sends >= r->policy->lookup_sends ||
           lookup->work->sends >= r->policy->request_sends;
}

static void go_on(struct turn *turn, struct lookup *lookup)
{
    struct resolver *r = turn->resolver;
    if (lookup->state != LOOKUP_IDLE)
        return;
    if (!lookup->zone)
        delegation_find(turn, lookup);
    if (has_spent_its_queries(r, lookup)) {
        finish(turn, lookup, NULL);
        return;
    }
    size_t choice = select_next(&r->select, &lookup->round, turn->event);
    if (choice != SELECT_NONE)
        upstream_ask(turn, lookup, choice);
    else if (delegation_pending(lookup) == 0 &&
             delegation_look_up(turn, lookup, r->policy->address_lookups) == 0)
        finish(turn, lookup, NULL);
}

void lookup_run_ready(struct turn *turn)
{
    struct resolver *r = turn->resolver;
    while (r->first_ready) {
        struct lookup *lookup = r->first_ready;
        r->first_ready = lookup->next_ready;
        if (!r->first_ready)
            r->last_ready = NULL;
        lookup->is_ready = false;
        if (lookup->state == LOOKUP_DONE)
            give_lookup(r, lookup);
        else
            go_on(turn, lookup);
    }
}

/* ---- what became of a query ------------------------------------------------------------- */

static struct select_choice *asked(struct lookup *lookup)
{
    return &lookup->round.choices[lookup->upstream.choice];
}

/* This server is of no use to this lookup. */
static void give_up_server(struct turn *turn, struct lookup *lookup)
{
    asked(lookup)->unusable = true;
    upstream_end(turn, lookup);
    lookup_wake(turn->resolver, lookup);
}

static void note_answer(struct turn *turn, struct lookup *lookup, const struct message *message)
{
    struct upstream *upstream = &lookup->upstream;
    int64_t rtt_ns = turn->now_ns - upstream->sent_ns;
    upstream_note(turn, lookup, NOTE_UPSTREAM_ANSWER, message->rcode, rtt_ns);
    if (message->edns.present)
        asked(lookup)->server->edns_seen = true;
    if (lookup->state == LOOKUP_ASKING)
        select_answered(&turn->resolver->select, &lookup->round, upstream->choice, rtt_ns,
                        turn->event);
}

/* An old server that does not take the OPT record is asked again without. */
static void ask_without_edns(struct turn *turn, struct lookup *lookup)
{
    size_t choice = lookup->upstream.choice;
    asked(lookup)->server->edns_refused = true;
    upstream_end(turn, lookup);
    upstream_ask(turn, lookup, choice);
}

static void judge(struct turn *turn, struct lookup *lookup, const struct message *message)
{
    struct resolver *r = turn->resolver;
    const struct response_question question = {
        .qname = lookup->name, .qtype = lookup->type, .zone = lookup->zone};
    struct response_verdict verdict =
        response_judge(&r->room, message, &question, &r->cache, &r->limits, turn->now_ns);
    switch (verdict.kind) {
    case RESPONSE_ANSWER:
    case RESPONSE_NEGATIVE:
        finish(turn, lookup, verdict.entry);
        break;
    case RESPONSE_REFERRAL:
        upstream_end(turn, lookup);
        delegation_enter(turn, lookup, cache_entry_retain(verdict.entry));
        lookup_wake(r, lookup);
        break;
    case RESPONSE_FORMERR:
        if (lookup->upstream.with_edns && !has_spent_its_queries(r, lookup))
            ask_without_edns(turn, lookup);
        else
            give_up_server(turn, lookup);
        break;
    case RESPONSE_LAME:
        give_up_server(turn, lookup);
        break;
    }
    cache_entry_release(verdict.entry);
}

void lookup_response(struct turn *turn, struct lookup *lookup, const struct message *message,
                     bool is_malformed)
{
    note_answer(turn, lookup, message);
    bool truncated = (message->flags & FLAG_TC) && lookup->state == LOOKUP_ASKING;
    if (truncated && !has_spent_its_queries(turn->resolver, lookup))
        upstream_ask_over_tcp(turn, lookup);
    else if (truncated || is_malformed)
        give_up_server(turn, lookup);
    else
        judge(turn, lookup, message);
}

void lookup_no_response(struct turn *turn, struct lookup *lookup, bool is_unreachable)
{
    bool over_tcp = lookup->state != LOOKUP_ASKING;
    upstream_note(turn, lookup, NOTE_UPSTREAM_TIMEOUT, 0, 0);
    if (!over_tcp)
        select_timed_out(&turn->resolver->select, &lookup->round, lookup->upstream.choice,
                         turn->event);
    if (over_tcp || is_unreachable) {
        give_up_server(turn, lookup);
        return;
    }
    upstream_end(turn, lookup);
    lookup_wake(turn->resolver, lookup);
}

void lookup_expired(struct turn *turn, struct lookup *lookup)
{
    if (lookup->state != LOOKUP_IDLE)
        lookup_no_response(turn, lookup, false);
    finish(turn, lookup, NULL);
}
