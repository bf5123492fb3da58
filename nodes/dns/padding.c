/* Padding (RFC 7830, RFC 8467): zeros in an EDNS option. */
#include "nodes/dns/padding.h"

size_t padding_add(uint8_t *options, size_t size, const struct message_writer *w, size_t signature,
                   size_t block)
{
    size_t whole = w->size + MESSAGE_OPT_SIZE + size + MESSAGE_OPTION_HEADER + signature;
    if (whole > w->capacity)
        return size;
    size_t zeros = (block - whole % block) % block;
    if (zeros > w->capacity - whole)
        zeros = w->capacity - whole;
    bytes_put_u16(options + size, EDNS_PADDING);
    bytes_put_u16(options + size + 2, (uint16_t)zeros);
    memset(options + size + MESSAGE_OPTION_HEADER, 0, zeros);
    return size + MESSAGE_OPTION_HEADER + zeros;
}

bool padding_is_wanted(const struct message *message)
{
    struct bytes data;
    return message_option(message, EDNS_PADDING, &data);
}
