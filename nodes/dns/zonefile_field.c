/*
 * Common fields of RDATA. See zonefile_field.h.
 */
#include "nodes/dns/zonefile_field.h"
#include "sim/base/address.h"

const struct zonefile_token *zonefile_peek(const struct zonefile_reading *r)
{
    return r->next < r->scanner->count ? &r->scanner->tokens[r->next] : NULL;
}

bool zonefile_expected(const struct zonefile_reading *r, const char *what)
{
    char quote[ZONEFILE_QUOTE_SIZE];
    const struct zonefile_token *token = zonefile_peek(r);
    return zonefile_mistake_at(r->mistake, r->scanner, token, "expected %s, found %s", what,
                               zonefile_quote(token, quote));
}

bool zonefile_read_name(struct zonefile_reading *r)
{
    const struct zonefile_token *token = zonefile_peek(r);
    const char *error;
    char quote[ZONEFILE_QUOTE_SIZE];
    uint8_t name[NAME_SIZE_MAX];
    if (!token)
        return zonefile_expected(r, "a domain name");
    size_t size = name_from_text(token->text, r->origin, name, &error);
    if (size == 0)
        return zonefile_mistake_at(r->mistake, r->scanner, token,
                                   "expected a domain name, found %s: %s",
                                   zonefile_quote(token, quote), error);
    writer_bytes(r->out, name, size);
    r->next++;
    return true;
}

bool zonefile_parse_number(struct bytes text, uint32_t limit, uint32_t *out)
{
    uint64_t value = 0;
    if (text.size == 0 || text.size > 10)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *out = (uint32_t)value;
    return value <= limit;
}

bool zonefile_read_number(struct zonefile_reading *r, size_t size)
{
    static const char *const what[] = {[1] = "a number from 0 to 255",
                                       [2] = "a number from 0 to 65535",
                                       [4] = "a number from 0 to 4294967295"};
    const struct zonefile_token *token = zonefile_peek(r);
    uint32_t value;
    if (!token || !zonefile_parse_number(token->text, UINT32_MAX >> (32 - 8 * size), &value))
        return zonefile_expected(r, what[size]);
    if (size == 1)
        writer_u8(r->out, (uint8_t)value);
    else if (size == 2)
        writer_u16(r->out, (uint16_t)value);
    else
        writer_u32(r->out, value);
    r->next++;
    return true;
}

static uint32_t seconds_of(uint8_t unit)
{
    switch (unit | 0x20) {
    case 'w':
        return 604800;
    case 'd':
        return 86400;
    case 'h':
        return 3600;
    case 'm':
        return 60;
    case 's':
        return 1;
    }
    return 0;
}

bool zonefile_parse_period(struct bytes text, uint32_t *out)
{
    uint64_t sum = 0;
    if (zonefile_parse_number(text, INT32_MAX, out))
        return true;
    for (size_t i = 0; i < text.size;) {
        size_t start = i;
        uint32_t count;
        while (i < text.size && text.data[i] >= '0' && text.data[i] <= '9')
            i++;
        if (!zonefile_parse_number(bytes_of(text.data + start, i - start), INT32_MAX, &count) ||
            i == text.size || seconds_of(text.data[i]) == 0)
            return false;
        sum += (uint64_t)count * seconds_of(text.data[i++]);
        if (sum > INT32_MAX)
            return false;
    }
    *out = (uint32_t)sum;
    return text.size > 0;
}

/* Of an SOA record; plain numbers may use all 32 bits. */
bool zonefile_read_period(struct zonefile_reading *r)
{
    const struct zonefile_token *token = zonefile_peek(r);
    uint32_t value;
    if (!token || (!zonefile_parse_number(token->text, UINT32_MAX, &value) &&
                   !zonefile_parse_period(token->text, &value)))
        return zonefile_expected(r, "a time in seconds such as 3600 or 1h30m");
    writer_u32(r->out, value);
    r->next++;
    return true;
}

bool zonefile_read_address(struct zonefile_reading *r, bool ipv6)
{
    const struct zonefile_token *token = zonefile_peek(r);
    char text[ADDRESS_TEXT_SIZE];
    struct address address;
    bool good = token && token->text.size < sizeof text;
    if (good) {
        memcpy(text, token->text.data, token->text.size);
        text[token->text.size] = '\0';
        good = (strchr(text, ':') != NULL) == ipv6 && address_parse(text, &address);
    }
    if (!good)
        return zonefile_expected(r, ipv6 ? "an IPv6 address such as 2001:db8::1"
                                         : "an IPv4 address such as 192.0.2.1");
    writer_bytes(r->out, address.ip + (ipv6 ? 0 : 12), ipv6 ? 16 : 4);
    r->next++;
    return true;
}

static bool is_digit(uint8_t octet)
{
    return octet >= '0' && octet <= '9';
}

/* The octet that stands, perhaps escaped, at *AT of TEXT; -1: no good escape. */
static int take_octet(struct bytes text, size_t *at)
{
    const uint8_t *p = text.data + *at;
    size_t left = text.size - *at;
    *at += 1;
    if (p[0] != '\\')
        return p[0];
    if (left < 2)
        return -1;
    *at += 1;
    if (!is_digit(p[1]))
        return p[1];
    if (left < 4 || !is_digit(p[2]) || !is_digit(p[3]))
        return -1;
    *at += 2;
    int value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    return value <= 255 ? value : -1;
}

bool zonefile_read_string(struct zonefile_reading *r)
{
    const struct zonefile_token *token = zonefile_peek(r);
    uint8_t octets[255];
    size_t size = 0;
    if (!token)
        return zonefile_expected(r, "a text");
    for (size_t at = 0; at < token->text.size;) {
        int octet = take_octet(token->text, &at);
        if (octet < 0)
            return zonefile_expected(r, "\\DDD (000 to 255) or \\X after each backslash");
        if (size == sizeof octets)
            return zonefile_expected(r, "a text of at most 255 octets");
        octets[size++] = (uint8_t)octet;
    }
    writer_u8(r->out, (uint8_t)size);
    writer_bytes(r->out, octets, size);
    r->next++;
    return true;
}

bool zonefile_read_type(struct zonefile_reading *r)
{
    const struct zonefile_token *token = zonefile_peek(r);
    uint16_t type = token ? rr_type_from_text(token->text) : 0;
    if (type == 0)
        return zonefile_expected(r, "an RR type");
    writer_u16(r->out, type);
    r->next++;
    return true;
}

bool zonefile_read_bitmap(struct zonefile_reading *r)
{
    uint8_t windows[256][32] = {0};
    uint8_t sizes[256] = {0};
    const struct zonefile_token *token;
    for (; (token = zonefile_peek(r)) != NULL; r->next++) {
        uint16_t type = rr_type_from_text(token->text);
        if (type == 0)
            return zonefile_expected(r, "an RR type");
        uint8_t *window = windows[type >> 8];
        unsigned at = (type & 0xffu) >> 3;
        window[at] |= (uint8_t)(0x80 >> (type & 7));
        if (sizes[type >> 8] <= at)
            sizes[type >> 8] = (uint8_t)(at + 1);
    }
    for (unsigned i = 0; i < 256; i++) {
        if (sizes[i] == 0)
            continue;
        writer_u8(r->out, (uint8_t)i);
        writer_u8(r->out, sizes[i]);
        writer_bytes(r->out, windows[i], sizes[i]);
    }
    return true;
}
