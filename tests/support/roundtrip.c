/* Properties of the codec, for tests and fuzzers: plain assertions, no test library. */
#include "tests/support/roundtrip.h"

#include <assert.h>

static struct message first, second;
static struct message_cursor first_cursor, second_cursor;

static void check_record(const struct message *message, const struct rr *rr)
{
    size_t used;
    assert(name_is_valid(rr->owner, NAME_SIZE_MAX, &used));
    assert(rr->rdata.size <= UINT16_MAX);
    bool is_update = message->opcode == OPCODE_UPDATE && rr->rdata.size == 0 &&
                     (rr->class == CLASS_ANY || rr->class == CLASS_NONE);
    assert(is_update || rr_rdata_is_valid(rr->type, rr->rdata));
    struct soa soa;
    if (rr->type == RR_SOA && !is_update)
        assert(rr_soa_parse(rr->rdata, &soa));
}

/* Writes MESSAGE anew; false if it does not fit when names stand uncompressed. */
static bool rewrite(const struct message *message, struct message_writer *w, uint8_t *room)
{
    struct rr rr;
    message_begin(w, room, MESSAGE_SIZE_MAX, message->id, message->opcode, message->flags);
    if (message->question_count == 1)
        message_write_question(w, message->qname, message->qtype, message->qclass);
    message_cursor_start(&first_cursor, message);
    while (message_next(&first_cursor, &rr)) {
        check_record(message, &rr);
        if (!message_write_rr(w, first_cursor.section, &rr))
            return false;
    }
    return true;
}

static void compare_records(void)
{
    struct rr a, b;
    message_cursor_start(&first_cursor, &first);
    message_cursor_start(&second_cursor, &second);
    while (message_next(&first_cursor, &a)) {
        bool more = message_next(&second_cursor, &b);
        assert(more && first_cursor.section == second_cursor.section);
        assert(name_equal(a.owner, b.owner));
        assert(a.type == b.type && a.class == b.class && a.ttl == b.ttl);
        assert(bytes_equal(a.rdata, b.rdata));
    }
    assert(!message_next(&second_cursor, &b));
}

enum message_error roundtrip_message(struct bytes wire)
{
    static struct message_writer w;
    static uint8_t room[MESSAGE_SIZE_MAX];
    enum message_error error = message_parse(&first, wire);
    if (error != MESSAGE_OK || !rewrite(&first, &w, room))
        return error;
    size_t size = message_end(&w, 0, first.rcode);
    error = message_parse(&second, bytes_of(room, size));
    assert(error == MESSAGE_OK);
    assert(first.id == second.id && first.flags == second.flags);
    assert(first.opcode == second.opcode && first.rcode == second.rcode);
    assert(first.question_count == second.question_count);
    assert(first.qtype == second.qtype && first.qclass == second.qclass);
    assert(memcmp(first.qname, second.qname, name_size(first.qname)) == 0);
    assert(memcmp(first.counts, second.counts, sizeof first.counts) == 0);
    assert(first.edns.present == second.edns.present);
    assert(bytes_equal(first.edns.options, second.edns.options));
    assert((first.tsig_at != 0) == (second.tsig_at != 0));
    compare_records();
    return MESSAGE_OK;
}

static void check_text(struct bytes text)
{
    uint8_t name[NAME_SIZE_MAX], again[NAME_SIZE_MAX];
    char out[NAME_TEXT_SIZE];
    const char *error = NULL;
    size_t size = name_from_text(text, name_root, name, &error), used;
    assert((size == 0) == (error != NULL));
    if (size == 0)
        return;
    assert(name_is_valid(name, size, &used) && used == size);
    name_to_text(name, out);
    assert(strlen(out) < NAME_TEXT_SIZE);
    assert(name_from_text(bytes_of_text(out), NULL, again, &error) == size);
    assert(memcmp(name, again, size) == 0);
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void check_pair(const uint8_t *a, const uint8_t *b)
{
    size_t common = name_common_labels(a, b);
    int order = name_compare(a, b);
    assert(sign(order) == -sign(name_compare(b, a)));
    assert((order == 0) == name_equal(a, b));
    assert(name_equal(name_suffix(a, common), name_suffix(b, common)));
    assert(name_is_under(a, b) == (common == name_label_count(b)));
    if (order == 0)
        assert(name_hash(a) == name_hash(b));
    if (name_is_under(a, b))
        assert(order >= 0);
}

void roundtrip_name(struct bytes data)
{
    size_t a_size, b_size;
    uint8_t lower[NAME_SIZE_MAX], longer[NAME_SIZE_MAX];
    check_text(data);
    if (!name_is_valid(data.data, data.size, &a_size))
        return;
    const uint8_t *a = data.data, *b = a + a_size;
    assert(name_lower(a, lower) == a_size);
    assert(name_equal(a, lower) && name_hash(a) == name_hash(lower));
    check_pair(a, a);
    size_t size = name_prepend(bytes_of("*", 1), a, longer);
    assert(size == 0 ? a_size + 2 > NAME_SIZE_MAX : name_is_wildcard(longer));
    if (size > 0)
        check_pair(longer, a);
    if (name_is_valid(b, data.size - a_size, &b_size))
        check_pair(a, b);
}
