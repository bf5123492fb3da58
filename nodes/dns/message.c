/*
 * Reading DNS messages: RFC 1035 section 4, EDNS(0) RFC 6891, places of TSIG RFC 8945.
 *
 * A message is checked whole by message_parse; message_next then relies on it.
 * Names and RDATA are borrowed from the message where they stand uncompressed.
 * Does not verify TSIG and gives no meaning to EDNS options.
 */
#include "nodes/dns/message.h"

#include <assert.h>

enum { QUESTION_AT = MESSAGE_HEADER_SIZE };

/* Where a message is being read. Bounds are for the record's RDATA when that is read. */
struct place {
    const uint8_t *wire;
    size_t at;
    size_t end;
    bool jumped; /* a name was compressed */
};

/* A record but for its owner. */
struct fields {
    uint16_t type, class;
    uint32_t ttl;
    size_t rdata_at;
    size_t rdata_size;
};

/* Moves past the name at P; returns its expanded size, or 0 if it is none. Expands it into OUT
 * unless that is NULL. Each run of labels must lie wholly before the run that points to it: so no
 * pointer leads forwards or round in a circle. */
static size_t take_name(struct place *p, uint8_t *out)
{
    size_t here = p->at, limit = p->end, size = 0;
    for (unsigned jumps = 0; jumps <= NAME_LABELS_MAX; jumps++) {
        size_t start = here;
        while (here < limit && p->wire[here] != 0 && p->wire[here] <= NAME_LABEL_MAX)
            here += p->wire[here] + 1u;
        if (here >= limit || size + (here - start) >= NAME_SIZE_MAX)
            return 0;
        if (out)
            memcpy(out + size, p->wire + start, here - start);
        size += here - start;
        bool ends = p->wire[here] == 0;
        if (!ends && (p->wire[here] < 0xc0 || limit - here < 2))
            return 0;
        if (jumps == 0)
            p->at = here + (ends ? 1 : 2);
        if (ends) {
            if (out)
                out[size] = 0;
            return size + 1;
        }
        p->jumped = true;
        limit = start;
        here = bytes_get_u16(p->wire + here) & 0x3fff;
        if (here < MESSAGE_HEADER_SIZE)
            return 0;
    }
    return 0;
}

/* Most owners are the question's name, which has been checked and expanded before. */
static bool takes_question_name(struct place *p, const struct message *message)
{
    if (message->question_count == 0 || p->end - p->at < 2 ||
        bytes_get_u16(p->wire + p->at) != (0xc000 | QUESTION_AT))
        return false;
    p->at += 2;
    return true;
}

static bool take_fields(struct place *p, struct fields *f)
{
    if (p->end - p->at < 10)
        return false;
    const uint8_t *fixed = p->wire + p->at;
    f->type = bytes_get_u16(fixed);
    f->class = bytes_get_u16(fixed + 2);
    f->ttl = bytes_get_u32(fixed + 4);
    f->rdata_size = bytes_get_u16(fixed + 8);
    f->rdata_at = p->at + 10;
    if (p->end - f->rdata_at < f->rdata_size)
        return false;
    p->at = f->rdata_at + f->rdata_size;
    return true;
}

static struct place rdata_place(const struct message *message, const struct fields *f)
{
    return (struct place){
        .wire = message->wire.data, .at = f->rdata_at, .end = f->rdata_at + f->rdata_size};
}

/* RFC 2136 sections 2.4 and 2.5: prerequisites and deletions go without RDATA. TSIG, whose class is
 * always ANY, is neither. */
static bool may_be_empty(const struct message *message, const struct fields *f)
{
    return message->opcode == OPCODE_UPDATE && f->type != RR_TSIG &&
           (f->class == CLASS_ANY || f->class == CLASS_NONE);
}

/* The size of the RDATA when decompressed, or SIZE_MAX if it does not fit its type's form. */
static size_t measure_rdata(const struct message *message, const struct fields *f, bool *compressed)
{
    *compressed = false;
    if (f->rdata_size == 0 && may_be_empty(message, f))
        return 0;
    struct place p = rdata_place(message, f);
    size_t size = 0;
    for (const char *form = rr_rdata_form(f->type); *form; form++) {
        size_t step;
        if (*form == 'n' || *form == 'N') {
            step = take_name(&p, NULL);
            if (step == 0)
                return SIZE_MAX;
        } else {
            step = rr_step_size(*form, p.wire + p.at, p.end - p.at);
            if (step == RR_STEP_BAD)
                return SIZE_MAX;
            p.at += step;
        }
        size += step;
    }
    *compressed = p.jumped;
    return p.at == p.end ? size : SIZE_MAX;
}

static bool are_options(struct bytes options)
{
    struct reader r = reader_of(options.data, options.size);
    while (reader_left(&r) > 0) {
        reader_u16(&r);
        reader_take(&r, reader_u16(&r));
    }
    return !r.failed;
}

bool message_option(const struct message *message, uint16_t code, struct bytes *data)
{
    struct reader r = reader_of(message->edns.options.data, message->edns.options.size);
    while (reader_left(&r) > 0) {
        uint16_t found = reader_u16(&r);
        size_t size = reader_u16(&r);
        *data = bytes_of(reader_take(&r, size), size);
        if (found == code)
            return true;
    }
    return false;
}

int64_t message_expire_s(const struct message *message)
{
    struct bytes data;
    if (!message_option(message, EDNS_EXPIRE, &data) || data.size != 4)
        return -1;
    return bytes_get_u32(data.data);
}

int message_extended_error(const struct message *message)
{
    struct bytes data;
    return message_option(message, EDNS_ERROR, &data) && data.size >= 2 ? bytes_get_u16(data.data)
                                                                        : -1;
}

/* RFC 6891 section 6.1. Its owner, the root, takes one octet. A bad one is present all the same. */
static bool accept_opt(struct message *message, enum message_section section, size_t owner_at,
                       const struct fields *f)
{
    struct bytes options = bytes_of(message->wire.data + f->rdata_at, f->rdata_size);
    if (message->edns.present)
        return false;
    message->edns = (struct edns){.present = true, .udp_size = MESSAGE_UDP_PLAIN_MAX};
    if (section != SECTION_ADDITIONAL || message->wire.data[owner_at] != 0 || !are_options(options))
        return false;
    message->edns = (struct edns){
        .present = true,
        .version = (uint8_t)(f->ttl >> 16),
        .dnssec_ok = (f->ttl & 0x8000) != 0,
        .udp_size = f->class < MESSAGE_UDP_PLAIN_MAX ? MESSAGE_UDP_PLAIN_MAX : f->class,
        .options = options,
    };
    message->rcode |= (uint16_t)(f->ttl >> 24 << 4);
    return true;
}

/* Takes the record at P, which is the last one of its section if IS_LAST. */
static bool check_record(struct message *message, struct place *p, enum message_section section,
                         bool is_last)
{
    struct fields f;
    bool compressed;
    size_t owner_at = p->at;
    if (!takes_question_name(p, message) && take_name(p, NULL) == 0)
        return false;
    if (!take_fields(p, &f))
        return false;
    if (f.type == RR_OPT)
        return accept_opt(message, section, owner_at, &f);
    if (f.type == RR_TSIG) {
        if (section != SECTION_ADDITIONAL || !is_last)
            return false;
        message->tsig_at = owner_at;
    }
    return measure_rdata(message, &f, &compressed) <= UINT16_MAX;
}

static bool check_records(struct message *message)
{
    struct place p = {
        .wire = message->wire.data, .at = message->records_at, .end = message->wire.size};
    for (enum message_section s = SECTION_ANSWER; s < SECTION_COUNT; s++)
        for (unsigned i = 1; i <= message->counts[s]; i++)
            if (!check_record(message, &p, s, i == message->counts[s]))
                return false;
    return p.at == p.end;
}

static void read_header(struct message *message)
{
    const uint8_t *p = message->wire.data;
    uint16_t second = bytes_get_u16(p + 2);
    message->id = bytes_get_u16(p);
    message->flags = second & 0x87f0;
    message->opcode = second >> 11 & 15;
    message->rcode = second & 15;
    message->question_count = bytes_get_u16(p + 4);
    for (size_t i = 0; i < SECTION_COUNT; i++)
        message->counts[i] = bytes_get_u16(p + 6 + 2 * i);
    message->edns = (struct edns){0};
    message->tsig_at = 0;
    message->records_at = QUESTION_AT;
    message->qname[0] = 0;
    message->qtype = message->qclass = 0;
}

static bool read_question(struct message *message)
{
    struct place p = {.wire = message->wire.data, .at = QUESTION_AT, .end = message->wire.size};
    if (take_name(&p, message->qname) == 0 || p.end - p.at < 4)
        return false;
    message->qtype = bytes_get_u16(p.wire + p.at);
    message->qclass = bytes_get_u16(p.wire + p.at + 2);
    message->records_at = p.at + 4;
    return true;
}

enum message_error message_parse(struct message *message, struct bytes wire)
{
    message->wire = wire;
    if (wire.size < MESSAGE_HEADER_SIZE)
        return MESSAGE_SHORT;
    read_header(message);
    if (wire.size > MESSAGE_SIZE_MAX || message->question_count > 1)
        return MESSAGE_MALFORMED;
    if (message->question_count == 1 && !read_question(message))
        return MESSAGE_MALFORMED;
    return check_records(message) ? MESSAGE_OK : MESSAGE_MALFORMED;
}

void message_cursor_start(struct message_cursor *cursor, const struct message *message)
{
    cursor->message = message;
    cursor->at = message->records_at;
    cursor->index = 0;
    cursor->section = SECTION_ANSWER;
}

/* The owner at P: borrowed if it stands somewhere whole, else expanded into ROOM. */
static const uint8_t *take_owner(const struct message *message, struct place *p, uint8_t *room)
{
    size_t start = p->at;
    if (takes_question_name(p, message))
        return message->qname;
    size_t size = take_name(p, room);
    assert(size > 0);
    return p->jumped ? room : p->wire + start;
}

static struct bytes expand_rdata(struct message_cursor *cursor, const struct fields *f)
{
    struct place p = rdata_place(cursor->message, f);
    size_t size = 0;
    for (const char *form = rr_rdata_form(f->type); *form; form++) {
        if (*form == 'n' || *form == 'N') {
            size += take_name(&p, cursor->rdata + size);
        } else {
            size_t step = rr_step_size(*form, p.wire + p.at, p.end - p.at);
            memcpy(cursor->rdata + size, p.wire + p.at, step);
            p.at += step;
            size += step;
        }
    }
    return bytes_of(cursor->rdata, size);
}

static struct bytes take_rdata(struct message_cursor *cursor, const struct fields *f)
{
    bool compressed;
    size_t size = measure_rdata(cursor->message, f, &compressed);
    assert(size != SIZE_MAX || f->type == RR_OPT);
    if (compressed)
        return expand_rdata(cursor, f);
    return bytes_of(cursor->message->wire.data + f->rdata_at, f->rdata_size);
}

static bool advance(struct message_cursor *cursor)
{
    unsigned before = 0;
    for (enum message_section s = SECTION_ANSWER; s < SECTION_COUNT; s++) {
        before += cursor->message->counts[s];
        if (cursor->index < before) {
            cursor->section = s;
            cursor->index++;
            return true;
        }
    }
    return false;
}

bool message_next(struct message_cursor *cursor, struct rr *rr)
{
    const struct message *message = cursor->message;
    if (!advance(cursor))
        return false;
    struct place p = {.wire = message->wire.data, .at = cursor->at, .end = message->wire.size};
    struct fields f;
    rr->owner = take_owner(message, &p, cursor->owner);
    bool complete = take_fields(&p, &f);
    assert(complete);
    cursor->at = p.at;
    rr->type = f.type;
    rr->class = f.class;
    rr->ttl = f.type != RR_OPT && f.ttl > INT32_MAX ? 0 : f.ttl;
    rr->rdata = take_rdata(cursor, &f);
    return true;
}
