/*
 * Addresses as text: RFC 4291 section 2.2 in, RFC 5952 out. IPv4-mapped
 * addresses are written as plain IPv4. No scope ids, no host names.
 */
#include "sim/base/address.h"

/* In place of where a "::" stands. */
#define NO_GAP SIZE_MAX

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_any(const struct address *a)
{
    static const uint8_t zeroes[16];
    return memcmp(a->ip, zeroes, 16) == 0;
}

bool address_is_ipv4(const struct address *a)
{
    return memcmp(a->ip, mapped_prefix, 12) == 0;
}

struct address address_from_ipv4(uint32_t four, uint16_t port)
{
    struct address a = {.port = port};
    memcpy(a.ip, mapped_prefix, 12);
    for (int i = 0; i < 4; i++)
        a.ip[12 + i] = (uint8_t)(four >> (24 - 8 * i));
    return a;
}

/* A decimal number without leading zeroes, at most LIMIT; NULL if there is none. */
static const char *parse_number(const char *p, uint32_t limit, uint32_t *out)
{
    if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
        return NULL;
    uint32_t value = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint32_t)(*p - '0');
        if (value > limit)
            return NULL;
    }
    *out = value;
    return p;
}

/* Four bytes in dotted decimal, to the end of the text. */
static bool parse_ipv4(const char *p, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        uint32_t value;
        if (i > 0 && *p++ != '.')
            return false;
        p = parse_number(p, 255, &value);
        if (!p)
            return false;
        out[i] = (uint8_t)value;
    }
    return *p == '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One to four hexadecimal digits; NULL if there are none or more. */
static const char *parse_group(const char *p, uint8_t out[2])
{
    unsigned value = 0;
    int digits = 0;
    for (; hex_value(*p) >= 0; p++) {
        value = value << 4 | (unsigned)hex_value(*p);
        if (++digits > 4)
            return NULL;
    }
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return digits > 0 ? p : NULL;
}

/* Moves what follows the "::" at GAP to the end of the 16 bytes. */
static void open_gap(uint8_t ip[16], size_t size, size_t gap)
{
    size_t tail = size - gap;
    memmove(ip + 16 - tail, ip + gap, tail);
    memset(ip + gap, 0, 16 - size);
}

/* The groups from P on; SIZE becomes the bytes written, GAP the place of a "::" (or NO_GAP). */
static bool parse_groups(const char *p, uint8_t ip[16], size_t *size, size_t *gap)
{
    if (p[0] == ':' && p[1] == ':') {
        *gap = 0;
        p += 2;
    }
    while (*p) {
        if (*size <= 12 && parse_ipv4(p, ip + *size)) {
            *size += 4;
            return true;
        }
        if (*size > 14 || !(p = parse_group(p, ip + *size)))
            return false;
        *size += 2;
        if (p[0] == ':' && p[1] == ':') {
            if (*gap != NO_GAP)
                return false;
            *gap = *size;
            p += 2;
        } else if (*p == ':') {
            if (*++p == '\0')
                return false;
        } else if (*p) {
            return false;
        }
    }
    return true;
}

static bool parse_ipv6(const char *text, uint8_t ip[16])
{
    size_t size = 0;
    size_t gap = NO_GAP;
    if (!parse_groups(text, ip, &size, &gap))
        return false;
    if (gap == NO_GAP)
        return size == 16;
    if (size > 14) /* "::" stands for one group at least */
        return false;
    open_gap(ip, size, gap);
    return true;
}

bool address_parse(const char *text, struct address *out)
{
    struct address a = {0};
    if (parse_ipv4(text, a.ip + 12))
        memcpy(a.ip, mapped_prefix, 12);
    else if (!parse_ipv6(text, a.ip))
        return false;
    *out = a;
    return true;
}

bool address_parse_port(const char *text, struct address *out)
{
    bool bracketed = text[0] == '[';
    const char *colon = strrchr(text, ':');
    const char *end = colon;
    if (bracketed) {
        text++;
        end = strchr(text, ']');
        if (!end || end + 1 != colon)
            return false;
    }
    char ip[ADDRESS_TEXT_SIZE];
    if (!end || (size_t)(end - text) >= sizeof ip)
        return false;
    memcpy(ip, text, (size_t)(end - text));
    ip[end - text] = '\0';
    if (bracketed != (strchr(ip, ':') != NULL)) /* brackets for IPv6, and only for it */
        return false;

    struct address a;
    uint32_t port;
    const char *rest = parse_number(colon + 1, 65535, &port);
    if (!rest || *rest || port == 0 || !address_parse(ip, &a))
        return false;
    a.port = (uint16_t)port;
    *out = a;
    return true;
}

static char *put_number(char *p, unsigned value, unsigned base)
{
    char digits[8];
    int count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while (value /= base);
    while (count > 0)
        *p++ = digits[--count];
    return p;
}

static char *put_ipv4(char *p, const uint8_t four[4])
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *p++ = '.';
        p = put_number(p, four[i], 10);
    }
    return p;
}

static unsigned group_at(const uint8_t ip[16], int group)
{
    return (unsigned)(ip[2 * group] << 8 | ip[2 * group + 1]);
}

/* The first of the longest runs of zero groups; one group alone is no run (RFC 5952, 4.2). */
static int longest_run(const uint8_t ip[16], int *length)
{
    int best = -1;
    *length = 1;
    for (int start = 0; start < 8; start++) {
        int end = start;
        while (end < 8 && group_at(ip, end) == 0)
            end++;
        if (end - start > *length) {
            best = start;
            *length = end - start;
        }
    }
    return best;
}

static char *put_ipv6(char *p, const uint8_t ip[16])
{
    int length;
    int run = longest_run(ip, &length);
    for (int group = 0; group < 8; group++) {
        if (group == run) {
            *p++ = ':';
            *p++ = ':';
            group += length - 1;
            continue;
        }
        if (group > 0 && p[-1] != ':')
            *p++ = ':';
        p = put_number(p, group_at(ip, group), 16);
    }
    return p;
}

const char *address_format_ip(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
    char *end = address_is_ipv4(a) ? put_ipv4(out, a->ip + 12) : put_ipv6(out, a->ip);
    *end = '\0';
    return out;
}

const char *address_format(const struct address *a, char out[ADDRESS_TEXT_SIZE])
{
    char *p = out;
    if (address_is_ipv4(a)) {
        p = put_ipv4(p, a->ip + 12);
    } else {
        *p++ = '[';
        p = put_ipv6(p, a->ip);
        *p++ = ']';
    }
    *p++ = ':';
    p = put_number(p, a->port, 10);
    *p = '\0';
    return out;
}

int address_compare(const struct address *a, const struct address *b)
{
    int order = memcmp(a->ip, b->ip, 16);
    if (order == 0)
        order = (a->port > b->port) - (a->port < b->port);
    return (order > 0) - (order < 0);
}
