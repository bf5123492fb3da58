/* A question as octets, with what questions can have besides name and type. */
#include "sim/base/random.h"
#include "tests/interop/ask.h"

enum { OPTION_UNKNOWN = 65001, OPT_TAIL = 6, CLASS_TAIL = 2 };

/* Case is no part of a name (RFC 4343): some letters become capitals. */
static void mix_case(uint8_t *name, uint64_t key)
{
    struct random random = {.key = key};
    for (uint8_t *label = name; *label; label += *label + 1)
        for (uint8_t i = 1; i <= *label; i++)
            if (label[i] >= 'a' && label[i] <= 'z' && random_next(&random) % 2)
                label[i] = (uint8_t)(label[i] - 'a' + 'A');
}

/* The OPT record is the last: its version, and options behind it (RFC 6891 section 6.1). */
static size_t extend_opt(const struct ask_question *question, uint8_t *data, size_t size)
{
    data[size - OPT_TAIL + 1] = question->edns_version;
    if (!question->unknown_option)
        return size;
    static const uint8_t value[] = {1, 2, 3};
    bytes_put_u16(data + size - 2, 4 + sizeof value);
    bytes_put_u16(data + size, OPTION_UNKNOWN);
    bytes_put_u16(data + size + 2, sizeof value);
    memcpy(data + size + 4, value, sizeof value);
    return size + 4 + sizeof value;
}

size_t ask_query_write(const struct ask_question *question, uint16_t id,
                       uint8_t data[ASK_QUERY_MAX])
{
    bool edns = question->udp_size != ASK_EDNS_NONE || question->edns_zero;
    size_t size =
        message_make_query(data, ASK_QUERY_MAX, id, question->flags, question->name, question->type,
                           edns ? 512 : ASK_EDNS_NONE, question->dnssec_ok);
    size_t question_end = MESSAGE_HEADER_SIZE + name_size(question->name) + 4;
    bytes_put_u16(data + question_end - CLASS_TAIL, question->class);
    if (question->mixed_case)
        mix_case(data + MESSAGE_HEADER_SIZE, id);
    if (!edns)
        return size;
    bytes_put_u16(data + question_end + 3, question->udp_size);
    return extend_opt(question, data, size);
}
