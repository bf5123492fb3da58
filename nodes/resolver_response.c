/*
 * Classifying responses (RFC 1034 section 5.3.3 step 4, RFC 2308 section 2) and
 * learning from them. Answers without AA and referrals that do not lead downwards
 * are lame. Negative answers need an SOA to be kept (RFC 2308 section 5).
 */
#include "nodes/resolver_response.h"

#include <assert.h>

/* Everything that one judgement needs. */
struct judge {
    struct response_room *room;
    const struct message *message;
    const struct response_question *question;
    struct cache *cache;
    const struct response_limits *limits;
    int64_t now_ns;
};

/* ---- taking the message apart ----------------------------------------------------------- */

static bool lies_in(const void *part, const void *whole, size_t size)
{
    return (uintptr_t)part - (uintptr_t)whole < size;
}

/* The cursor's own buffers are written over by the next record. */
static bool keep_octets(struct response_room *room, const uint8_t **data, size_t size)
{
    if (!lies_in(*data, &room->cursor, sizeof room->cursor))
        return true;
    if (sizeof room->names - room->names_size < size)
        return false;
    uint8_t *copy = room->names + room->names_size;
    memcpy(copy, *data, size);
    room->names_size += size;
    *data = copy;
    return true;
}

static bool keep_record(struct response_room *room, const struct rr *rr)
{
    if (room->count == RESPONSE_RECORDS_MAX)
        return false;
    struct response_record *record = &room->records[room->count];
    *record = (struct response_record){.owner = rr->owner,
                                       .rdata = rr->rdata,
                                       .ttl_s = rr->ttl,
                                       .type = rr->type,
                                       .section = (uint8_t)room->cursor.section};
    const struct response_record *last = room->count > 0 ? record - 1 : NULL;
    if (last && name_equal(last->owner, record->owner))
        record->owner = last->owner;
    room->count++;
    return keep_octets(room, &record->owner, name_size(record->owner)) &&
           keep_octets(room, &record->rdata.data, record->rdata.size);
}

static bool take_apart(struct response_room *room, const struct message *message)
{
    struct rr rr;
    room->count = 0;
    room->names_size = 0;
    message_cursor_start(&room->cursor, message);
    while (message_next(&room->cursor, &rr))
        if (rr.class == CLASS_IN && rr.type != RR_OPT && !keep_record(room, &rr))
            return false;
    return true;
}

static const struct response_record *find_type(const struct response_room *room,
                                               enum message_section section, uint16_t type)
{
    for (size_t i = 0; i < room->count; i++)
        if (room->records[i].section == section && room->records[i].type == type)
            return &room->records[i];
    return NULL;
}

/* ---- learning --------------------------------------------------------------------------- */

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The RRset of OWNER and TYPE in SECTION, put into the cache; one reference, or NULL if there is
 * none. Its TTL is the lowest of its records (RFC 2181 section 5.2). */
static struct cache_entry *learn(const struct judge *judge, enum message_section section,
                                 const uint8_t *owner, uint16_t type, enum cache_rank rank)
{
    struct response_room *room = judge->room;
    struct cache_item item = {.owner = owner,
                              .rdatas = room->rdatas,
                              .type = type,
                              .kind = CACHE_RRSET,
                              .rank = rank,
                              .ttl_s = judge->limits->max_ttl_s};
    for (size_t i = 0; i < room->count; i++) {
        const struct response_record *record = &room->records[i];
        if (record->section != section || record->type != type || !name_equal(record->owner, owner))
            continue;
        if (type == RR_CNAME && item.count == 1)
            break;
        room->rdatas[item.count++] = record->rdata;
        item.ttl_s = smaller(item.ttl_s, record->ttl_s);
    }
    if (item.count == 0)
        return NULL;
    struct cache_entry *entry = cache_entry_make(&item, judge->now_ns);
    cache_put(judge->cache, entry, judge->now_ns);
    return entry;
}

/* The addresses of name servers in NS that the asked server may know best, being in its zone. */
static void learn_glue(const struct judge *judge, const struct cache_entry *ns)
{
    struct bytes rdata;
    size_t at = 0;
    for (size_t i = 0; i < RESPONSE_SERVERS_MAX && cache_entry_next(ns, &at, &rdata); i++) {
        if (!name_is_under(rdata.data, judge->question->zone))
            continue;
        cache_entry_release(learn(judge, SECTION_ADDITIONAL, rdata.data, RR_A, CACHE_GLUE));
        cache_entry_release(learn(judge, SECTION_ADDITIONAL, rdata.data, RR_AAAA, CACHE_GLUE));
    }
}

/* A zone's own NS records beside an authoritative answer for NAME. */
static void learn_own_servers(const struct judge *judge, const uint8_t *name)
{
    const struct response_record *ns = find_type(judge->room, SECTION_AUTHORITY, RR_NS);
    if (!ns || !name_is_under(name, ns->owner) || !name_is_under(ns->owner, judge->question->zone))
        return;
    struct cache_entry *entry = learn(judge, SECTION_AUTHORITY, ns->owner, RR_NS, CACHE_AUTHORITY);
    learn_glue(judge, entry);
    cache_entry_release(entry);
}

/* That NAME or its TYPE does not exist. Without an SOA it holds for this instant only. */
static struct cache_entry *learn_negative(const struct judge *judge, const uint8_t *name)
{
    struct cache_item item = {.owner = name,
                              .type = judge->question->qtype,
                              .kind = judge->message->rcode == RCODE_NXDOMAIN ? CACHE_NXDOMAIN
                                                                              : CACHE_NODATA,
                              .rank = CACHE_ANSWER};
    const struct response_record *record = find_type(judge->room, SECTION_AUTHORITY, RR_SOA);
    struct soa soa;
    if (record && name_is_under(name, record->owner) &&
        name_is_under(record->owner, judge->question->zone) && rr_soa_parse(record->rdata, &soa)) {
        item.soa_owner = record->owner;
        item.rdatas = &record->rdata;
        item.count = 1;
        item.ttl_s =
            smaller(smaller(record->ttl_s, soa.minimum), judge->limits->max_negative_ttl_s);
    }
    struct cache_entry *entry = cache_entry_make(&item, judge->now_ns);
    cache_put(judge->cache, entry, judge->now_ns);
    return entry;
}

/* ---- judging ---------------------------------------------------------------------------- */

/* Follows the answer section from the question's name as far as this server may be believed.
 * Returns the first link; *END is the name that nothing was found for, or NULL if the chain ends in
 * data or leads out of the zone. One reference. */
static struct cache_entry *follow_chain(const struct judge *judge, const uint8_t **end)
{
    const struct response_question *question = judge->question;
    struct cache_entry *first = NULL;
    const uint8_t *name = question->qname;
    for (unsigned i = 0; i < RESPONSE_CHAIN_MAX; i++) {
        uint16_t type = question->qtype;
        struct cache_entry *entry = learn(judge, SECTION_ANSWER, name, type, CACHE_ANSWER);
        if (!entry && type != RR_CNAME) {
            type = RR_CNAME;
            entry = learn(judge, SECTION_ANSWER, name, type, CACHE_ANSWER);
        }
        *end = entry ? NULL : name;
        if (!entry)
            break;
        if (type == question->qtype && type == RR_NS)
            learn_glue(judge, entry);
        if (type != question->qtype) {
            /* The entry may go, the record it was made from stays. */
            name = judge->room->rdatas[0].data;
        }
        if (!first)
            first = entry;
        else
            cache_entry_release(entry);
        if (type == question->qtype || !name_is_under(name, question->zone))
            break;
    }
    return first;
}

/* The NS RRset of a zone between the one asked and NAME: a way further down. */
static struct cache_entry *find_referral(const struct judge *judge, const uint8_t *name)
{
    const struct response_record *ns = find_type(judge->room, SECTION_AUTHORITY, RR_NS);
    const uint8_t *zone = judge->question->zone;
    if (!ns || !name_is_under(name, ns->owner) || !name_is_under(ns->owner, zone) ||
        name_equal(ns->owner, zone))
        return NULL;
    struct cache_entry *entry = learn(judge, SECTION_AUTHORITY, ns->owner, RR_NS, CACHE_REFERRAL);
    learn_glue(judge, entry);
    return entry;
}

/* The answer section has nothing for the question. */
static struct response_verdict judge_absence(const struct judge *judge)
{
    const uint8_t *qname = judge->question->qname;
    bool authoritative = judge->message->flags & FLAG_AA;
    bool has_soa = find_type(judge->room, SECTION_AUTHORITY, RR_SOA) != NULL;
    if (judge->message->rcode == RCODE_NOERROR && !(authoritative && has_soa)) {
        struct cache_entry *referral = find_referral(judge, qname);
        if (referral)
            return (struct response_verdict){RESPONSE_REFERRAL, referral};
    }
    if (!authoritative)
        return (struct response_verdict){RESPONSE_LAME, NULL};
    return (struct response_verdict){RESPONSE_NEGATIVE, learn_negative(judge, qname)};
}

static struct response_verdict judge_records(const struct judge *judge)
{
    bool authoritative = judge->message->flags & FLAG_AA;
    const uint8_t *end = judge->question->qname;
    struct cache_entry *first = NULL;
    if (authoritative)
        first = follow_chain(judge, &end);
    if (!first)
        return judge_absence(judge);
    if (end && (judge->message->rcode == RCODE_NXDOMAIN ||
                find_type(judge->room, SECTION_AUTHORITY, RR_SOA)))
        cache_entry_release(learn_negative(judge, end));
    else
        learn_own_servers(judge, judge->question->qname);
    return (struct response_verdict){RESPONSE_ANSWER, first};
}

struct response_verdict response_judge(struct response_room *room, const struct message *message,
                                       const struct response_question *question,
                                       struct cache *cache, const struct response_limits *limits,
                                       int64_t now_ns)
{
    const struct judge judge = {.room = room,
                                .message = message,
                                .question = question,
                                .cache = cache,
                                .limits = limits,
                                .now_ns = now_ns};
    unsigned rcode = message->rcode;
    if (rcode == RCODE_FORMERR || rcode == RCODE_NOTIMP || rcode == RCODE_BADVERS)
        return (struct response_verdict){RESPONSE_FORMERR, NULL};
    if ((rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN) || !take_apart(room, message))
        return (struct response_verdict){RESPONSE_LAME, NULL};
    return judge_records(&judge);
}
