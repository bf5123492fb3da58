/*
 * Writing DNS messages with name compression: RFC 1035 section 4.1.4, RFC 3597 section 4.
 *
 * Only names of the types of RFC 1035 are compressed or pointed to, and only
 * below offset 0x4000. Names are learnt lazily: an answer whose owners are all
 * the question's name never touches the slots. Does not sign (TSIG).
 */
#include "nodes/dns/message.h"

#include <assert.h>

#include "nodes/dns/letter.h"

enum {
    QUESTION_AT = MESSAGE_HEADER_SIZE,
    POINTER = 0xc000,
    POINTER_LIMIT = 0x4000,
};

/* Whose name is written: an owner may take the case of the question's name. */
enum name_use { NAME_OF_OWNER, NAME_IN_RDATA };

void message_begin(struct message_writer *w, uint8_t *data, size_t capacity, uint16_t id,
                   enum opcode opcode, uint16_t flags)
{
    assert(capacity >= MESSAGE_HEADER_SIZE && capacity <= MESSAGE_SIZE_MAX);
    w->data = data;
    w->capacity = capacity;
    w->reserved = 0;
    w->size = MESSAGE_HEADER_SIZE;
    memset(w->counts, 0, sizeof w->counts);
    w->compress = true;
    w->question_size = 0;
    w->slot_count = 0;
    bytes_put_u16(data, id);
    bytes_put_u16(data + 2, (uint16_t)(flags | (unsigned)opcode << 11));
}

/* ---- the tree of names written --------------------------------------------------------- */

static uint16_t slot_hash(uint16_t parent, const uint8_t *label)
{
    return (uint16_t)letter_hash(label, *label + 1u, parent);
}

static bool slot_matches(const struct message_writer *w, unsigned slot, const uint8_t *label,
                         enum name_use use)
{
    size_t at = w->slots[slot].at, size = *label + 1u;
    if (w->data[at] != *label)
        return false;
    if (memcmp(w->data + at, label, size) == 0)
        return true;
    return use == NAME_OF_OWNER && at < QUESTION_AT + (size_t)w->question_size &&
           letter_equal(w->data + at, label, size);
}

/* The slot + 1 of LABEL directly below PARENT, or 0. */
static uint16_t find_label(const struct message_writer *w, uint16_t parent, const uint8_t *label,
                           enum name_use use)
{
    uint16_t hash = slot_hash(parent, label);
    uint16_t found = w->heads[hash % MESSAGE_COMPRESS_HEADS];
    for (; found != 0; found = w->slots[found - 1].next)
        if (w->slots[found - 1].hash == hash && w->slots[found - 1].parent == parent &&
            slot_matches(w, found - 1u, label, use))
            break;
    return found;
}

static void add_label(struct message_writer *w, uint16_t parent, const uint8_t *label, size_t at)
{
    if (w->slot_count == 0)
        memset(w->heads, 0, sizeof w->heads);
    uint16_t hash = slot_hash(parent, label);
    uint16_t *head = &w->heads[hash % MESSAGE_COMPRESS_HEADS];
    uint16_t slot = w->slot_count++;
    w->slots[slot].next = *head;
    w->slots[slot].parent = parent;
    w->slots[slot].hash = hash;
    w->slots[slot].at = (uint16_t)at;
    *head = w->slot_count;
}

/* Adds the first COUNT labels of NAME, which stands at AT, below PARENT: the last of them first. */
static void add_labels(struct message_writer *w, uint16_t parent, const uint8_t *name,
                       const uint8_t *starts, size_t count, size_t at)
{
    while (count-- > 0 && w->slot_count < MESSAGE_COMPRESS_SLOTS &&
           at + starts[count] < POINTER_LIMIT) {
        add_label(w, parent, name + starts[count], at + starts[count]);
        parent = w->slot_count;
    }
}

static void forget_slots(struct message_writer *w, uint16_t slot_count)
{
    while (w->slot_count > slot_count) {
        uint16_t slot = --w->slot_count;
        w->heads[w->slots[slot].hash % MESSAGE_COMPRESS_HEADS] = w->slots[slot].next;
    }
}

/* ---- parts of a message ---------------------------------------------------------------- */

static size_t room_left(const struct message_writer *w)
{
    size_t used = w->size + w->reserved;
    return used < w->capacity ? w->capacity - used : 0;
}

static bool put_bytes(struct message_writer *w, const uint8_t *data, size_t size)
{
    if (room_left(w) < size)
        return false;
    if (size > 0)
        memcpy(w->data + w->size, data, size);
    w->size += size;
    return true;
}

static size_t label_starts(const uint8_t *name, uint8_t starts[NAME_LABELS_MAX])
{
    size_t count = 0;
    for (size_t at = 0; name[at]; at += name[at] + 1u)
        starts[count++] = (uint8_t)at;
    return count;
}

static void learn_question(struct message_writer *w)
{
    uint8_t starts[NAME_LABELS_MAX];
    const uint8_t *qname = w->data + QUESTION_AT;
    if (w->question_size > 0)
        add_labels(w, 0, qname, starts, label_starts(qname, starts), QUESTION_AT);
}

/* Writes as much of NAME as stands nowhere yet, then a pointer to the rest. */
static bool put_compressed(struct message_writer *w, const uint8_t *name, enum name_use use)
{
    uint8_t starts[NAME_LABELS_MAX];
    size_t count = label_starts(name, starts), at = w->size;
    uint16_t parent = 0, found;
    if (w->slot_count == 0)
        learn_question(w);
    if (w->slot_count > 0) {
        for (; count > 0; count--, parent = found) {
            found = find_label(w, parent, name + starts[count - 1], use);
            if (found == 0)
                break;
        }
    }
    size_t own = 0;
    if (count > 0)
        own = starts[count - 1] + name[starts[count - 1]] + 1u;
    if (room_left(w) < own + (parent ? 2 : 1))
        return false;
    memcpy(w->data + at, name, own);
    w->size += own + (parent ? 2 : 1);
    if (parent)
        bytes_put_u16(w->data + at + own, POINTER | w->slots[parent - 1].at);
    else
        w->data[at + own] = 0;
    add_labels(w, parent, name, starts, count, at);
    return true;
}

static bool put_owner(struct message_writer *w, const uint8_t *owner)
{
    size_t size = name_size(owner);
    if (!w->compress || size == 1)
        return put_bytes(w, owner, size);
    if (size != w->question_size || !letter_equal(owner, w->data + QUESTION_AT, size))
        return put_compressed(w, owner, NAME_OF_OWNER);
    static const uint8_t pointer[2] = {POINTER >> 8, QUESTION_AT};
    return put_bytes(w, pointer, 2);
}

/* RDATA fits the form of TYPE. Copies it, but for names that may be compressed. */
static bool put_rdata(struct message_writer *w, uint16_t type, struct bytes rdata)
{
    size_t from = 0, at = 0;
    if (rdata.size == 0 || !w->compress)
        return put_bytes(w, rdata.data, rdata.size);
    for (const char *form = rr_rdata_form(type); *form; form++) {
        size_t step;
        if (*form == 'n' || *form == 'N') {
            bool valid = name_is_valid(rdata.data + at, rdata.size - at, &step);
            assert(valid);
        } else {
            step = rr_step_size(*form, rdata.data + at, rdata.size - at);
            assert(step != RR_STEP_BAD);
        }
        if (*form == 'n') {
            if (!put_bytes(w, rdata.data + from, at - from) ||
                !put_compressed(w, rdata.data + at, NAME_IN_RDATA))
                return false;
            from = at + step;
        }
        at += step;
    }
    return put_bytes(w, rdata.data + from, rdata.size - from);
}

/* Type, class, TTL and RDATA. */
static bool put_fields(struct message_writer *w, const struct rr *rr)
{
    if (room_left(w) < 10)
        return false;
    uint8_t *fixed = w->data + w->size;
    bytes_put_u16(fixed, rr->type);
    bytes_put_u16(fixed + 2, rr->class);
    bytes_put_u32(fixed + 4, rr->ttl);
    w->size += 10;
    size_t start = w->size;
    if (!put_rdata(w, rr->type, rr->rdata))
        return false;
    bytes_put_u16(fixed + 8, (uint16_t)(w->size - start));
    return true;
}

/* ---- the public part ------------------------------------------------------------------- */

bool message_write_question(struct message_writer *w, const uint8_t *qname, uint16_t qtype,
                            uint16_t qclass)
{
    assert(w->size == MESSAGE_HEADER_SIZE);
    size_t size = name_size(qname);
    if (room_left(w) < size + 4)
        return false;
    memcpy(w->data + QUESTION_AT, qname, size);
    bytes_put_u16(w->data + QUESTION_AT + size, qtype);
    bytes_put_u16(w->data + QUESTION_AT + size + 2, qclass);
    w->size += size + 4;
    w->question_size = (uint16_t)size;
    w->counts[0] = 1;
    return true;
}

bool message_write_rr(struct message_writer *w, enum message_section section, const struct rr *rr)
{
    for (unsigned later = section + 1u; later < SECTION_COUNT; later++)
        assert(w->counts[1 + later] == 0);
    size_t size = w->size;
    uint16_t slot_count = w->slot_count;
    if (put_owner(w, rr->owner) && put_fields(w, rr)) {
        w->counts[1 + section]++;
        return true;
    }
    w->size = size;
    forget_slots(w, slot_count);
    return false;
}

struct message_mark message_mark(const struct message_writer *w)
{
    struct message_mark mark = {
        .size = w->size, .slot_count = w->slot_count, .question_size = w->question_size};
    memcpy(mark.counts, w->counts, sizeof mark.counts);
    return mark;
}

void message_rewind(struct message_writer *w, const struct message_mark *mark)
{
    assert(mark->size <= w->size);
    w->size = mark->size;
    w->question_size = mark->question_size;
    memcpy(w->counts, mark->counts, sizeof w->counts);
    forget_slots(w, mark->slot_count);
}

void message_reserve(struct message_writer *w, size_t size)
{
    w->reserved += size;
}

bool message_write_opt(struct message_writer *w, uint16_t udp_size, bool dnssec_ok, unsigned rcode,
                       struct bytes options)
{
    assert(options.size <= UINT16_MAX);
    size_t size = MESSAGE_OPT_SIZE + options.size;
    if (w->capacity - w->size < size)
        return false;
    w->reserved -= w->reserved < size ? w->reserved : size;
    uint8_t *p = w->data + w->size;
    p[0] = 0;
    bytes_put_u16(p + 1, RR_OPT);
    bytes_put_u16(p + 3, udp_size);
    bytes_put_u32(p + 5, (uint32_t)(rcode >> 4) << 24 | (dnssec_ok ? 0x8000u : 0));
    bytes_put_u16(p + 9, (uint16_t)options.size);
    if (options.size > 0)
        memcpy(p + MESSAGE_OPT_SIZE, options.data, options.size);
    w->size += size;
    w->counts[1 + SECTION_ADDITIONAL]++;
    return true;
}

size_t message_end(struct message_writer *w, uint16_t flags, unsigned rcode)
{
    uint16_t second = bytes_get_u16(w->data + 2);
    bytes_put_u16(w->data + 2, (uint16_t)(second | flags | (rcode & 15)));
    for (size_t i = 0; i < 1 + SECTION_COUNT; i++)
        bytes_put_u16(w->data + 4 + 2 * i, w->counts[i]);
    return w->size;
}

size_t message_make_query(uint8_t *data, size_t capacity, uint16_t id, uint16_t flags,
                          const uint8_t *qname, uint16_t qtype, uint16_t edns_udp_size,
                          bool dnssec_ok)
{
    size_t name = name_size(qname), at = MESSAGE_HEADER_SIZE + name + 4;
    size_t size = at + (edns_udp_size ? MESSAGE_OPT_SIZE : 0);
    if (capacity < size)
        return 0;
    memset(data, 0, MESSAGE_HEADER_SIZE);
    bytes_put_u16(data, id);
    bytes_put_u16(data + 2, flags);
    data[5] = 1;
    memcpy(data + MESSAGE_HEADER_SIZE, qname, name);
    bytes_put_u16(data + at - 4, qtype);
    bytes_put_u16(data + at - 2, CLASS_IN);
    if (edns_udp_size) {
        uint8_t *opt = data + at;
        memset(opt, 0, MESSAGE_OPT_SIZE);
        bytes_put_u16(opt + 1, RR_OPT);
        bytes_put_u16(opt + 3, edns_udp_size);
        opt[7] = dnssec_ok ? 0x80 : 0;
        data[11] = 1;
    }
    return size;
}
