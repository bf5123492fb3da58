/* Random messages, written with message_writer. */
#include "tests/support/random_message.h"

size_t random_name(struct random *r, uint8_t out[NAME_SIZE_MAX])
{
    static const char *const labels[] = {"example", "com", "www", "Mail", "ns1", "a", "*", "_tcp"};
    size_t size = 1;
    out[0] = 0;
    for (uint32_t left = random_below(r, 6); left > 0 && size > 0; left--) {
        uint8_t odd[NAME_LABEL_MAX];
        struct bytes label = bytes_of_text(labels[random_below(r, 8)]);
        if (random_below(r, 8) == 0) {
            label = bytes_of(odd, 1 + random_below(r, NAME_LABEL_MAX));
            for (size_t i = 0; i < label.size; i++)
                odd[i] = (uint8_t)random_next(r);
        }
        size = name_prepend(label, out, out);
    }
    return name_size(out);
}

uint16_t random_type(struct random *r)
{
    static const uint16_t types[] = {
        RR_A,    RR_NS, RR_CNAME, RR_SOA, RR_PTR, 13, 14,       RR_MX, RR_TXT,
        17,      18,    RR_AAAA,  RR_SRV, 35,     36, RR_DNAME, RR_DS, RR_RRSIG,
        RR_NSEC, 48,    RR_NSEC3, 51,     52,     99, 257,      65280,
    };
    return types[random_below(r, sizeof types / sizeof types[0])];
}

static void put_random(struct random *r, struct writer *w, size_t size)
{
    while (size-- > 0)
        writer_u8(w, (uint8_t)random_next(r));
}

static void put_string(struct random *r, struct writer *w)
{
    uint8_t size = (uint8_t)(1 + random_below(r, 20));
    writer_u8(w, size);
    put_random(r, w, size);
}

static void put_step(struct random *r, struct writer *w, char step)
{
    uint8_t name[NAME_SIZE_MAX];
    if (step == 'n' || step == 'N')
        writer_bytes(w, name, random_name(r, name));
    else if (step == 's')
        put_string(r, w);
    else if (step == 'S')
        for (uint32_t i = 0; i <= random_below(r, 3); i++)
            put_string(r, w);
    else if (step == 'b')
        writer_bytes(w, "\0\x01\x40\x01\x02\x01\x02", 7);
    else if (step == '*')
        put_random(r, w, 1 + random_below(r, 40));
    else
        put_random(r, w, (size_t)(step - '0'));
}

struct bytes random_rdata(struct random *r, uint16_t type, uint8_t *room)
{
    struct writer w = writer_of(room, 4096);
    for (const char *form = rr_rdata_form(type); *form; form++)
        put_step(r, &w, *form);
    return bytes_of(room, w.size);
}

static void put_record(struct random *r, struct message_writer *w, enum message_section section,
                       const uint8_t *qname)
{
    uint8_t owner[NAME_SIZE_MAX], rdata[4096];
    struct rr rr = {.owner = qname, .class = CLASS_IN, .ttl = random_below(r, 86400)};
    if (random_below(r, 3) > 0) {
        random_name(r, owner);
        rr.owner = owner;
    }
    rr.type = random_type(r);
    rr.rdata = random_rdata(r, rr.type, rdata);
    message_write_rr(w, section, &rr);
}

size_t random_message(struct random *r, uint8_t *out)
{
    static struct message_writer w;
    uint8_t qname[NAME_SIZE_MAX];
    random_name(r, qname);
    message_begin(&w, out, MESSAGE_SIZE_MAX, (uint16_t)random_next(r), OPCODE_QUERY, FLAG_QR);
    message_write_question(&w, qname, random_type(r), CLASS_IN);
    for (enum message_section s = SECTION_ANSWER; s < SECTION_COUNT; s++)
        for (uint32_t left = random_below(r, 5); left > 0; left--)
            put_record(r, &w, s, qname);
    unsigned rcode = random_below(r, 11);
    if (random_below(r, 2) == 0)
        message_write_opt(&w, 1232, random_below(r, 2) == 0, rcode, bytes_of("\0\x0a\0\x02zz", 6));
    return message_end(&w, FLAG_AA, rcode);
}
